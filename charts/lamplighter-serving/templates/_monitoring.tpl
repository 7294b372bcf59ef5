{{- /*
Alerts, records and dashboards are files without templating: what Prometheus and Grafana write in double braces stays as it is. Their
queries name the release by words with a dollar sign, as a dashboard's variables do; here those become this release's.
*/}}

{{- /* Labels of an object that an operator has to find. Arguments: the root context. */}}
{{- define "lamplighter-serving.monitoringLabels" -}}
{{ include "lamplighter-serving.labels" (dict "root" . "component" "monitoring") }}
{{- with .Values.monitoring.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Seconds after which a lit worker without jobs is forgotten and not cooling: the longest cooldown, and a quarter of an hour for the
drain and for KEDA. Arguments: the root context. */}}
{{- define "lamplighter-serving.idleSeconds" -}}
{{- $longest := 0 }}
{{- range .Values.workers }}
{{- $longest = max $longest (int .scale.cooldownSeconds) }}
{{- end }}
{{- add $longest 900 }}
{{- end }}

{{- /* A rule's text for this release. Arguments: dict root, text. */}}
{{- define "lamplighter-serving.forRelease" -}}
{{- $limits := .root.Values.monitoring.alerts -}}
{{ .text
  | replace "$namespace" .root.Release.Namespace
  | replace "$release" .root.Release.Name
  | replace "$wakeLimitSeconds" (int64 $limits.wakeLimitSeconds | toString)
  | replace "$waitLimitSeconds" (int64 $limits.waitLimitSeconds | toString)
  | replace "$idleSeconds" (include "lamplighter-serving.idleSeconds" .root) }}
{{- end }}

{{- /* A number of the values as a series, so that queries compare what is with what was meant. Arguments: dict root, record, value,
labels. */}}
{{- define "lamplighter-serving.constant" -}}
- record: {{ .record }}
  expr: vector({{ .value }})
  labels: {{ merge (dict "namespace" .root.Release.Namespace "release" .root.Release.Name) .labels | toJson }}
{{- end }}

{{- /* What the values say was planned, for workers with GPUs and for pools. Arguments: the root context. */}}
{{- define "lamplighter-serving.planRecords" -}}
{{- range $name, $worker := .Values.workers }}
{{- if $worker.gpusPerReplica }}
{{ include "lamplighter-serving.constant" (dict "root" $ "record" "lamplighter:worker_replicas_min" "value" $worker.scale.min "labels" (dict "worker" $name)) }}
{{- $alone := true }}
{{- range $worker.pools }}
{{- $alone = and $alone (eq (dig "sharing" "mode" "none" (index $.Values.gpuPools .)) "none") }}
{{- end }}
{{- range $model, $engine := $worker.models }}
{{- if and $alone $engine.memoryFraction }}
{{ include "lamplighter-serving.constant" (dict "root" $ "record" "lamplighter:gpu_memory_fraction:planned" "value" $engine.memoryFraction "labels" (dict "worker" $name)) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $pool := .Values.gpuPools }}
{{ include "lamplighter-serving.constant" (dict "root" $ "record" "lamplighter:pool_nodes_min" "value" $pool.nodes.min "labels" (dict "pool" $name)) }}
{{ include "lamplighter-serving.constant" (dict "root" $ "record" "lamplighter:pool_nodes_max" "value" $pool.nodes.max "labels" (dict "pool" $name)) }}
{{- with $pool.pricePerHour }}
{{ include "lamplighter-serving.constant" (dict "root" $ "record" "lamplighter:pool_price_per_hour" "value" .amount "labels" (dict "pool" $name "currency" .currency)) }}
{{- end }}
{{- end }}
{{- end }}
