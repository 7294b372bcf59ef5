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
{{- if and (has (index .worker.models $model).engine (list "llamacpp" "vllm")) (ne .worker.modelCache.mode "stream") }}
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

{{- /* Where Ray may write. No arguments. */}}
{{- define "lamplighter-serving.writableEnv" -}}
# Ray writes below HOME and RAY_TMPDIR, and nothing else is writable.
- name: HOME
  value: /tmp
- name: RAY_TMPDIR
  value: /tmp/ray
{{- end }}

{{- /* Whether a worker's pods say what their end would cost: where several are alike, for topology `pod`, and one may go before
another. "true" or nothing. Arguments: dict root, worker (the entry). */}}
{{- define "lamplighter-serving.tellsDeletionCost" -}}
{{- if and .root.Values.access.podDeletionCost (eq .worker.topology "pod") (gt (int .worker.scale.max) 1) -}}
true
{{- end -}}
{{- end }}

{{- /* Whether some worker of the release does. Arguments: the root context. */}}
{{- define "lamplighter-serving.someTellDeletionCost" -}}
{{- range .Values.workers }}{{ include "lamplighter-serving.tellsDeletionCost" (dict "root" $ "worker" .) }}{{ end -}}
{{- end }}

{{- /* The environment of a pod that leases jobs. Arguments: dict root, name (the worker's key), worker (the entry). */}}
{{- define "lamplighter-serving.workerEnv" -}}
{{ include "lamplighter-serving.databaseEnv" .root }}
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
{{- if include "lamplighter-serving.tellsDeletionCost" . }}
- name: LAMPLIGHTER_POD
  valueFrom:
    fieldRef: {fieldPath: metadata.name}
{{- end }}
{{- with (values .worker.models | first).apiKeySecret }}
- name: LAMPLIGHTER_ENGINE_API_KEY
  valueFrom:
    secretKeyRef: {name: {{ .name }}, key: {{ .key | quote }}}
{{- end }}
{{- end }}

{{- /* Requests and limits, the GPUs of this pod among the latter. Arguments: dict worker (the entry). */}}
{{- define "lamplighter-serving.workerResources" -}}
requests:
  {{- toYaml .worker.resources.requests | nindent 2 }}
{{- $limits := .worker.resources.limits | default dict }}
{{- if .worker.gpusPerReplica }}
{{- $limits = set (deepCopy $limits) "nvidia.com/gpu" (toString .worker.gpusPerReplica) }}
{{- end }}
{{- with $limits }}
limits:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /*
The pod's spec. Arguments: dict root, name (the worker's key), worker (the entry), role (of a pod of a group: leader or follower; empty
for a pod that is a replica by itself).
*/}}
{{- define "lamplighter-serving.workerPod" -}}
serviceAccountName: {{ .root.Release.Name }}-worker
automountServiceAccountToken: {{ eq (include "lamplighter-serving.tellsDeletionCost" .) "true" }}
enableServiceLinks: false
terminationGracePeriodSeconds: {{ include "lamplighter-serving.terminationSeconds" (dict "scale" .worker.scale) }}
{{- with .worker.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  {{- include "lamplighter-serving.podSecurity" . | nindent 2 }}
{{- include "lamplighter-serving.placement" . }}
containers:
  - name: worker
    image: {{ include "lamplighter-serving.workerImage" . | quote }}
    args: [lamplighter-worker{{ if eq .role "follower" }}, follow{{ end }}]
    securityContext:
      {{- include "lamplighter-serving.containerSecurity" . | nindent 6 }}
    env:
      {{- if ne .role "follower" }}
      {{- include "lamplighter-serving.workerEnv" . | nindent 6 }}
      {{- end }}
      {{- if .role }}
      {{- include "lamplighter-serving.groupEnv" . | trim | nindent 6 }}
      {{- end }}
      # A container sees all CPUs of its node; Ray must count only its own.
      - name: LAMPLIGHTER_CPUS
        valueFrom:
          resourceFieldRef:
            resource: requests.cpu
            divisor: "1"
      {{- include "lamplighter-serving.writableEnv" . | nindent 6 }}
    {{- with .worker.modelCache.credentialsSecret }}
    envFrom:
      - secretRef: {name: {{ . }}}
    {{- end }}
    resources:
      {{- include "lamplighter-serving.workerResources" . | nindent 6 }}
    volumeMounts:
      {{- if ne .role "follower" }}
      - {name: catalog, mountPath: /etc/lamplighter, readOnly: true}
      {{- end }}
      {{- if .role }}
      - {name: ray-token, mountPath: /etc/ray, readOnly: true}
      {{- end }}
      - {name: tmp, mountPath: /tmp}
      - {name: shared-memory, mountPath: /dev/shm}
      {{- with include "lamplighter-serving.modelMount" . }}
      {{- trim . | nindent 6 }}
      {{- end }}
volumes:
  {{- if ne .role "follower" }}
  - name: catalog
    configMap:
      name: {{ .root.Release.Name }}-catalog
  {{- end }}
  {{- if .role }}
  - name: ray-token
    secret:
      secretName: {{ .root.Values.ray.tokenSecret }}
  {{- end }}
  - name: tmp
    emptyDir: {}
  # Ray's object store: documents pass through it a few at a time, and 256 MiB is three times what Ray insists on. Processes of vLLM on
  # several GPUs talk through it too: ten pieces of 16 MiB each queue, and NCCL's buffers.
  - name: shared-memory
    emptyDir:
      medium: Memory
      sizeLimit: {{ ternary "2Gi" "256Mi" (gt (int .worker.gpusPerReplica) 1) }}
  {{- with include "lamplighter-serving.modelVolume" . }}
  {{- trim . | nindent 2 }}
  {{- end }}
{{- end }}
