{{- /*
Workers that may wait run on spot nodes, which the cloud takes back at any time and may not have at all. One that names ordinary pools
too gets a second Deployment there: it steps in once a job has waited for spot.patienceSeconds.
*/}}

{{- /* Those of a worker's pools with one of these lifecycles, as JSON. A pool that says none is `delete`. Arguments: dict root, worker (the
entry), lifecycles (a list). */}}
{{- define "lamplighter-serving.poolsWith" -}}
{{- $found := list }}
{{- range .worker.pools }}
{{- if has (dig "lifecycle" "delete" (index $.root.Values.gpuPools . | default dict)) $.lifecycles }}
{{- $found = append $found . }}
{{- end }}
{{- end }}
{{- toJson $found }}
{{- end }}

{{- /*
What a worker of topology `pod` becomes, as JSON: name to its pools, and how long a job waits before it is called. Nodes that stand anyway
(`static`) go with the spot nodes: they cost nothing more. Arguments: dict root, name (the worker's key), worker (the entry).
*/}}
{{- define "lamplighter-serving.deployments" -}}
{{- $spot := include "lamplighter-serving.poolsWith" (dict "root" .root "worker" .worker "lifecycles" (list "spot")) | fromJsonArray }}
{{- $made := include "lamplighter-serving.poolsWith" (dict "root" .root "worker" .worker "lifecycles" (list "delete" "deallocate")) | fromJsonArray }}
{{- if and $spot $made }}
{{- $first := include "lamplighter-serving.poolsWith" (dict "root" .root "worker" .worker "lifecycles" (list "spot" "static")) | fromJsonArray }}
{{- dict .name (dict "pools" $first "afterSeconds" 0) (printf "%s-regular" .name) (dict "pools" $made "afterSeconds" (dig "spot" "patienceSeconds" 0 .worker)) | toJson }}
{{- else }}
{{- dict .name (dict "pools" (.worker.pools | default list) "afterSeconds" 0) | toJson }}
{{- end }}
{{- end }}
