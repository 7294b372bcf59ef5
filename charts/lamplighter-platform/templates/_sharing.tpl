{{- /*
Pools whose GPUs are shared, and the names that gpu-operator's values refer to. They are fixed, not made of the release's name: a
subchart's values cannot be computed, and a cluster has one gpu-operator.
*/}}

{{- /* Name of the device plugin's configuration. No arguments. */}}
{{- define "lamplighter-platform.devicePluginConfig" -}}
lamplighter-device-plugin
{{- end }}

{{- /* Name of mig-manager's configuration. No arguments. */}}
{{- define "lamplighter-platform.migConfig" -}}
lamplighter-mig-parted
{{- end }}

{{- /* Names of the pools in one of these modes, as JSON. Arguments: dict root, modes (a list). */}}
{{- define "lamplighter-platform.poolsIn" -}}
{{- $names := list }}
{{- range $name, $pool := .root.Values.gpuPools }}
{{- if has (dig "sharing" "mode" "none" $pool) $.modes }}
{{- $names = append $names $name }}
{{- end }}
{{- end }}
{{- toJson $names }}
{{- end }}

{{- /* Labels of an object. Arguments: the root context. */}}
{{- define "lamplighter-platform.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: lamplighter
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}
