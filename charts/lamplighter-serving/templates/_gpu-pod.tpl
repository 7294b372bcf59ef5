{{- /*
The pod of one worker replica: local Ray with Ray Serve, the engine inside, the queue's leases outside.
*/}}

{{- /* Seconds a stopping pod has: the longest job, and what Ray Serve needs to leave. Arguments: dict scale. */}}
{{- define "lamplighter-serving.terminationSeconds" -}}
{{ add .scale.maxJobSeconds 30 }}
{{- end }}

{{- /* Seconds of those in which the worker may go on with its jobs; then it hands them back. Arguments: dict scale. */}}
{{- define "lamplighter-serving.graceSeconds" -}}
{{ add .scale.maxJobSeconds 15 }}
{{- end }}

{{- /* Folder or file of the weights: one folder a model below /models; nothing for an engine without weights of its own.
Arguments: dict root, worker (the entry). */}}
{{- define "lamplighter-serving.modelPath" -}}
{{- $model := keys .worker.models | first }}
{{- if has (index .worker.models $model).engine (list "llamacpp" "vllm") }}
{{- $file := (index .root.Values.models $model).source.file | default "" }}
{{- list "/models" $model $file | compact | join "/" -}}
{{- end }}
{{- end }}

{{- /* Image of a worker, chosen by its engine. Arguments: dict root, worker (the entry). */}}
{{- define "lamplighter-serving.workerImage" -}}
{{- $engine := (values .worker.models | first).engine }}
{{- $image := ternary .root.Values.images.workerVllm .root.Values.images.worker (eq $engine "vllm") }}
{{- include "lamplighter-serving.image" (dict "root" .root "image" $image) }}
{{- end }}

{{- /* Where it may run: the pools it names, by our own static label, and their taints. Arguments: dict root, worker (the entry). */}}
{{- define "lamplighter-serving.placement" -}}
{{- $tolerations := list }}
{{- range .worker.pools }}
{{- $tolerations = concat $tolerations ((index $.root.Values.gpuPools .).tolerations | default list) }}
{{- end }}
{{- with .worker.pools }}
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        - matchExpressions:
            - key: lamplighter.dev/pool
              operator: In
              values: {{ toJson . }}
{{- end }}
{{- with $tolerations | uniq }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Those of its pools whose nodes stay lit, as JSON. Arguments: dict root, worker (the entry). */}}
{{- define "lamplighter-serving.staticPools" -}}
{{- $static := list }}
{{- range .worker.pools }}
{{- if eq (dig "lifecycle" "" (index $.root.Values.gpuPools .)) "static" }}
{{- $static = append $static . }}
{{- end }}
{{- end }}
{{- toJson $static }}
{{- end }}

{{- /* The pod's spec. Arguments: dict root, name (the worker's key), worker (the entry). */}}
{{- define "lamplighter-serving.workerPod" -}}
serviceAccountName: {{ .root.Release.Name }}-worker
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ include "lamplighter-serving.terminationSeconds" (dict "scale" .worker.scale) }}
securityContext:
  {{- include "lamplighter-serving.podSecurity" . | nindent 2 }}
{{- include "lamplighter-serving.placement" . }}
containers:
  - name: worker
    image: {{ include "lamplighter-serving.workerImage" . | quote }}
    args: [lamplighter-worker]
    securityContext:
      {{- include "lamplighter-serving.containerSecurity" . | nindent 6 }}
    env:
      {{- include "lamplighter-serving.databaseEnv" .root | nindent 6 }}
      - name: LAMPLIGHTER_CATALOG
        value: /etc/lamplighter/catalog.json
      - name: LAMPLIGHTER_WORKER
        value: {{ .name | quote }}
      {{- with include "lamplighter-serving.modelPath" . }}
      - name: LAMPLIGHTER_MODEL_PATH
        value: {{ . | quote }}
      {{- end }}
      - name: LAMPLIGHTER_GRACE
        value: "{{ include "lamplighter-serving.graceSeconds" (dict "scale" .worker.scale) }}s"
      # A container sees all CPUs of its node; Ray must count only its own.
      - name: LAMPLIGHTER_CPUS
        valueFrom:
          resourceFieldRef:
            resource: requests.cpu
            divisor: "1"
      # Ray writes below HOME and RAY_TMPDIR, and nothing else is writable.
      - name: HOME
        value: /tmp
      - name: RAY_TMPDIR
        value: /tmp/ray
    resources:
      requests:
        {{- toYaml .worker.resources.requests | nindent 8 }}
      {{- $limits := .worker.resources.limits | default dict }}
      {{- if .worker.gpusPerReplica }}
      {{- $limits = set (deepCopy $limits) "nvidia.com/gpu" (toString .worker.gpusPerReplica) }}
      {{- end }}
      {{- with $limits }}
      limits:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    volumeMounts:
      - {name: catalog, mountPath: /etc/lamplighter, readOnly: true}
      - {name: tmp, mountPath: /tmp}
      - {name: shared-memory, mountPath: /dev/shm}
      {{- if eq .worker.modelCache.mode "pvc" }}
      - {name: models, mountPath: /models, readOnly: true}
      {{- else if eq .worker.modelCache.mode "imageVolume" }}
      - {name: models, mountPath: {{ printf "/models/%s" (keys .worker.models | first) | quote }}, readOnly: true}
      {{- end }}
volumes:
  - name: catalog
    configMap:
      name: {{ .root.Release.Name }}-catalog
  - name: tmp
    emptyDir: {}
  # Ray's object store. Documents pass through it a few at a time; 256 MiB is three times what Ray insists on.
  - name: shared-memory
    emptyDir:
      medium: Memory
      sizeLimit: 256Mi
  {{- if eq .worker.modelCache.mode "pvc" }}
  - name: models
    persistentVolumeClaim:
      claimName: {{ .worker.modelCache.claimName }}
      readOnly: true
  {{- else if eq .worker.modelCache.mode "imageVolume" }}
  # The node's runtime pulls it once and keeps it as it keeps images (Kubernetes 1.33, containerd 2.1).
  - name: models
    image:
      reference: {{ include "lamplighter-serving.mirrored" (dict "root" .root "reference" .worker.modelCache.image) | quote }}
      pullPolicy: IfNotPresent
  {{- end }}
{{- end }}
