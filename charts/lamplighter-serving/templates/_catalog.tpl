{{- /*
The catalog that gateway and workers read (serving/src/lamplighter_serving/catalog.py): what is served, in JSON. A key that is left
out of the values is left out here too, so that the program's own default holds.
*/}}

{{- /* One worker class. vLLM spreads a model over as many GPUs and nodes as it is told, so it is told what the replica gets. Arguments:
the worker's entry. */}}
{{- define "lamplighter-serving.catalogWorker" -}}
{{- $model := keys .models | first }}
{{- $engine := index .models $model }}
{{- $options := deepCopy ($engine.engineOptions | default dict) }}
{{- with $engine.kvCacheDtype }}
{{- $options = set $options "kvCacheDtype" . }}
{{- end }}
{{- if and (eq $engine.engine "vllm") (gt (int .gpusPerReplica) 1) (not (hasKey $options "tensorParallelSize")) }}
{{- $options = set $options "tensorParallelSize" (int .gpusPerReplica) }}
{{- end }}
{{- if and (eq $engine.engine "vllm") (eq .topology "group") (not (hasKey $options "pipelineParallelSize")) }}
{{- $options = set $options "pipelineParallelSize" (int .nodesPerReplica) }}
{{- end }}
{{- if eq .modelCache.mode "stream" }}
{{- $options = set $options "streamFrom" .modelCache.url }}
{{- end }}
{{- $fields := pick $engine "engine" "contextTokens" "concurrency" "memoryFraction" "tasks" }}
{{- $scale := pick .scale "jobsPerReplica" "cooldownSeconds" "maxJobSeconds" "maxAttempts" }}
{{- merge (dict "model" $model "engineOptions" $options "scale" $scale) $fields | toJson }}
{{- end }}

{{- /* The whole catalog. Arguments: the root context. */}}
{{- define "lamplighter-serving.catalog" -}}
{{- $workers := dict }}
{{- range $name, $worker := .Values.workers }}
{{- $workers = set $workers $name (include "lamplighter-serving.catalogWorker" $worker | fromJson) }}
{{- end }}
{{- $default := .Values.defaultWorker | default (keys .Values.workers | sortAlpha | first) }}
{{- dict "defaultWorker" $default "workers" $workers "extractors" .Values.extractors | toPrettyJson }}
{{- end }}
