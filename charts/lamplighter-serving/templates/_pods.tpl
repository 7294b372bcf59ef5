{{- /*
What every pod of this chart has: nobody special, a root file system nobody writes to, the database's address.
*/}}

{{- /* Security of a pod, as Pod Security "restricted" wants it. 10001 is the user the images are built for. No arguments. */}}
{{- define "lamplighter-serving.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- /* Security of a container. No arguments. */}}
{{- define "lamplighter-serving.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* The database's address: from the Secret that exists already, or from the one that CloudNativePG makes for the application.
Arguments: the root context. */}}
{{- define "lamplighter-serving.databaseEnv" -}}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      {{- if eq .Values.database.mode "cloudnativepg" }}
      name: {{ include "lamplighter-serving.database" . }}-app
      key: uri
      {{- else }}
      name: {{ .Values.database.existingSecret }}
      key: {{ .Values.database.key }}
      {{- end }}
{{- end }}
