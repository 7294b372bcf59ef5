{{- /*
Where the weights of a worker come from: below /models, a folder a model. Baked into the image or streamed, there is nothing to mount.
*/}}

{{- /* The mount of a container, if there is one. Arguments: dict worker (the entry). */}}
{{- define "lamplighter-serving.modelMount" -}}
{{- $own := printf "/models/%s" (keys .worker.models | first) }}
{{- if has .worker.modelCache.mode (list "pvc" "node") }}
- {name: models, mountPath: /models, readOnly: true}
{{- else if eq .worker.modelCache.mode "imageVolume" }}
- {name: models, mountPath: {{ $own | quote }}, readOnly: true}
{{- end }}
{{- end }}

{{- /* The volume of a pod, if there is one. Arguments: dict root, worker (the entry). */}}
{{- define "lamplighter-serving.modelVolume" -}}
{{- if eq .worker.modelCache.mode "pvc" }}
- name: models
  persistentVolumeClaim:
    claimName: {{ .worker.modelCache.claimName }}
    readOnly: true
{{- else if eq .worker.modelCache.mode "node" }}
# A folder that is not there yet is an error, not an empty one: a pod waits on such a node.
- name: models
  hostPath:
    path: {{ .worker.modelCache.hostPath }}
    type: Directory
{{- else if eq .worker.modelCache.mode "imageVolume" }}
# The node's runtime pulls it once and keeps it as it keeps images (Kubernetes 1.33, containerd 2.1).
- name: models
  image:
    reference: {{ include "lamplighter-serving.mirrored" (dict "root" .root "reference" .worker.modelCache.image) | quote }}
    pullPolicy: IfNotPresent
{{- end }}
{{- end }}
