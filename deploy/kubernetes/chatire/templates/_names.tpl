{{/* In front of every name: the release's, and the chart's when the release does not say it already. */}}
{{- define "chatire.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/*
The parts: under which values each is set, and its ports. Every service has a listener for clients, which the edge asks,
and an internal one for health, metrics and the other services.
*/}}
{{- define "chatire.parts" -}}
auth-service: {values: auth, public: 8101, internal: 8111}
chat-api: {values: chat, public: 8102, internal: 8112}
ws-gateway: {values: gateway, public: 8103, internal: 8113}
edge: {values: edge, public: 8080}
{{- end -}}

{{/* The host of another part's Service. (dict "root" $ "part" "chat-api") */}}
{{- define "chatire.name" -}}
{{ include "chatire.fullname" .root }}-{{ .part }}
{{- end -}}

{{/* By which Services, budgets and policies find pods: never changes. (dict "root" $ "part" "chat-api") */}}
{{- define "chatire.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "chatire.labels" -}}
{{ include "chatire.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "chatire.image" -}}
{{- $tag := .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- with .root.Values.image.registry }}{{ . }}/{{ end }}chatire/{{ .part }}:{{ $tag }}
{{- end -}}

{{/* What the operators' objects are called. */}}
{{- define "chatire.rabbitmq" -}}
{{ include "chatire.fullname" . }}-rabbitmq
{{- end -}}

{{/* (dict "root" $ "values" "auth") */}}
{{- define "chatire.database" -}}
{{ include "chatire.fullname" .root }}-{{ .values }}-db
{{- end -}}
