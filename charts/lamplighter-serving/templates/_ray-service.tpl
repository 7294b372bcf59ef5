{{- /*
A RayService: KubeRay keeps a Ray with as many replicas day and night, and each leases jobs like any other worker.
*/}}

{{- /* CPUs of a request as a whole number, rounded up as the kubelet does. Arguments: a quantity. */}}
{{- define "lamplighter-serving.wholeCpus" -}}
{{- $cpus := toString . }}
{{- if hasSuffix "m" $cpus }}
{{- divf (trimSuffix "m" $cpus) 1000 | ceil }}
{{- else }}
{{- ceil $cpus }}
{{- end }}
{{- end }}

{{- /* Template of a Ray node's pod. KubeRay writes its command. Arguments: dict root, name (the worker's key), worker (the entry), head
(whether it is the head, which runs no model). */}}
{{- define "lamplighter-serving.rayNode" -}}
metadata:
  labels:
    {{- include "lamplighter-serving.selector" (dict "root" .root "component" "rayservice") | nindent 4 }}
    lamplighter.dev/worker: {{ .name }}
  annotations:
    lamplighter.dev/catalog: {{ include "lamplighter-serving.catalogWorker" .worker | sha256sum | trunc 16 | quote }}
spec:
  serviceAccountName: {{ .root.Release.Name }}-worker
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ include "lamplighter-serving.terminationSeconds" (dict "scale" .worker.scale) }}
  {{- with .worker.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- include "lamplighter-serving.podSecurity" . | nindent 4 }}
  {{- if not .head }}
  {{- with include "lamplighter-serving.placement" . }}
  {{- trim . | nindent 2 }}
  {{- end }}
  {{- end }}
  containers:
    - name: ray
      image: {{ include "lamplighter-serving.workerImage" . | quote }}
      securityContext:
        {{- include "lamplighter-serving.containerSecurity" . | nindent 8 }}
      env:
        {{- include "lamplighter-serving.workerEnv" . | nindent 8 }}
        # A replica's, on the head too: whichever node Serve plans on has to ask for the same.
        - name: LAMPLIGHTER_CPUS
          value: {{ include "lamplighter-serving.wholeCpus" .worker.resources.requests.cpu | quote }}
        {{- include "lamplighter-serving.writableEnv" . | nindent 8 }}
        - name: RAY_USAGE_STATS_ENABLED
          value: "0"
      {{- with .worker.modelCache.credentialsSecret }}
      envFrom:
        - secretRef: {name: {{ . }}}
      {{- end }}
      ports:
        {{- if .head }}
        - {name: gcs-server, containerPort: 6379}
        - {name: dashboard, containerPort: 8265}
        {{- end }}
        - {name: serve, containerPort: 8000}
      {{- if not .head }}
      # KubeRay's own question is put by wget, which the image does not have.
      readinessProbe:
        httpGet: {path: /-/healthz, port: serve}
        periodSeconds: 5
        timeoutSeconds: 3
      {{- end }}
      resources:
        {{- if .head }}
        {{- toYaml .root.Values.ray.headResources | nindent 8 }}
        {{- else }}
        {{- include "lamplighter-serving.workerResources" . | nindent 8 }}
        {{- end }}
      volumeMounts:
        - {name: catalog, mountPath: /etc/lamplighter, readOnly: true}
        - {name: tmp, mountPath: /tmp}
        - {name: shared-memory, mountPath: /dev/shm}
        {{- if not .head }}
        {{- with include "lamplighter-serving.modelMount" . }}
        {{- trim . | nindent 8 }}
        {{- end }}
        {{- end }}
  volumes:
    - name: catalog
      configMap:
        name: {{ .root.Release.Name }}-catalog
    - name: tmp
      emptyDir: {}
    - name: shared-memory
      emptyDir:
        medium: Memory
        sizeLimit: {{ ternary "2Gi" "256Mi" (and (not .head) (gt (int .worker.gpusPerReplica) 1)) }}
    {{- if not .head }}
    {{- with include "lamplighter-serving.modelVolume" . }}
    {{- trim . | nindent 4 }}
    {{- end }}
    {{- end }}
{{- end }}
