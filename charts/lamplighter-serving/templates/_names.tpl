{{- /*
Names and labels. Everything is named after the release, so any number of releases fit one namespace.
*/}}

{{- /* Name of a gateway object. Arguments: the root context. */}}
{{- define "lamplighter-serving.gateway" -}}
{{ .Release.Name }}-gateway
{{- end }}

{{- /* Name of a worker object, its Deployment and ScaledObject. Arguments: dict root, worker (the key). */}}
{{- define "lamplighter-serving.worker" -}}
{{ .root.Release.Name }}-worker-{{ .worker }}
{{- end }}

{{- /* Labels that select pods; they never change. Arguments: dict root, component. */}}
{{- define "lamplighter-serving.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- /* All labels of an object. Arguments: dict root, component. */}}
{{- define "lamplighter-serving.labels" -}}
{{ include "lamplighter-serving.selector" . }}
app.kubernetes.io/part-of: lamplighter
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* Reference of an image, by digest where there is one. Arguments: dict root, image (repository, tag, digest). */}}
{{- define "lamplighter-serving.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}
