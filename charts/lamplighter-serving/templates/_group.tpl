{{- /*
A group: one replica over several nodes, a leader that leases jobs and followers that lend their GPUs, one Ray between them.
*/}}

{{- /* How the pods of a group find each other. LWS_LEADER_ADDRESS is set by LeaderWorkerSet, before what stands here. Arguments: dict
worker (the entry), role (leader or follower). */}}
{{- define "lamplighter-serving.groupEnv" -}}
{{- if eq .role "leader" }}
- name: LAMPLIGHTER_RAY_NODES
  value: {{ .worker.nodesPerReplica | quote }}
{{- else }}
- name: LAMPLIGHTER_RAY_HEAD
  value: $(LWS_LEADER_ADDRESS):6379
- name: LAMPLIGHTER_GPUS
  value: {{ .worker.gpusPerReplica | quote }}
{{- end }}
- name: LAMPLIGHTER_RAY_HOST
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: LAMPLIGHTER_RAY_TOKEN_FILE
  value: /etc/ray/token
{{- end }}
