{{- /*
Names and labels. Everything is named after the release, so any number of releases fit one namespace.
*/}}

{{- /* Name of a gateway object. Arguments: the root context. */}}
{{- define "lamplighter-serving.gateway" -}}
{{ .Release.Name }}-gateway
{{- end }}

{{- /* Name of the database's objects, where this release has one. Arguments: the root context. */}}
{{- define "lamplighter-serving.database" -}}
{{ .Release.Name }}-database
{{- end }}

{{- /* Name of a worker object, its Deployment and ScaledObject. Arguments: dict root, worker (the key). */}}
{{- define "lamplighter-serving.worker" -}}
{{ .root.Release.Name }}-worker-{{ .worker }}
{{- end }}

{{- /*
Replicas of an object that KEDA scales. KEDA owns the number. Leaving it out would wake a GPU (the default is 1), a constant 0 would put
running workers to sleep at every upgrade: so it is the live number, and 0 where there is none yet (Argo CD renders without a cluster,
and ignores it). Arguments: dict root, apiVersion, kind, name.
*/}}
{{- define "lamplighter-serving.liveReplicas" -}}
{{ dig "spec" "replicas" 0 (lookup .apiVersion .kind .root.Release.Namespace .name) }}
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
{{- $repository := include "lamplighter-serving.mirrored" (dict "root" .root "reference" .image.repository) -}}
{{- if .image.digest -}}
{{ $repository }}@{{ .image.digest }}
{{- else -}}
{{ $repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- /* The same image in the registry that images.registry names, in place of its own. What stands before the first slash is a
registry when it has a dot or a port, or is localhost. Arguments: dict root, reference. */}}
{{- define "lamplighter-serving.mirrored" -}}
{{- $parts := splitList "/" (.reference | default "") -}}
{{- $own := first $parts -}}
{{- if not .root.Values.images.registry -}}
{{ .reference }}
{{- else if and (gt (len $parts) 1) (or (contains "." $own) (contains ":" $own) (eq $own "localhost")) -}}
{{ .root.Values.images.registry }}/{{ rest $parts | join "/" }}
{{- else -}}
{{ .root.Values.images.registry }}/{{ .reference }}
{{- end -}}
{{- end }}

{{- /*
Jobs of a worker class, queued and running, as Prometheus knows them; none before one has waited for afterSeconds. Every gateway replica
says the same, so the largest counts. Arguments: dict root, worker (the key), afterSeconds.
*/}}
{{- define "lamplighter-serving.jobsQuery" -}}
sum(max by (state) (lamplighter_jobs{namespace="{{ .root.Release.Namespace }}",service="{{ include "lamplighter-serving.gateway" .root }}",worker="{{ .worker }}",state=~"queued|running"}))
{{- if .afterSeconds }} * (max(lamplighter_oldest_job_age_seconds{namespace="{{ .root.Release.Namespace }}",service="{{ include "lamplighter-serving.gateway" .root }}",worker="{{ .worker }}"}) >= bool {{ .afterSeconds }}){{ end }}
{{- end }}
