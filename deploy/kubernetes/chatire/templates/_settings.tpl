{{/*
The secrets of a service, as files in /run/secrets/chatire: what is in the environment is seen by every child process and
in every dump of it. A list of {file, env, secret, key}; env says which setting, or which library, reads the file.
(dict "root" $ "values" "auth")
*/}}
{{- define "chatire.secretFiles" -}}
{{- $values := .root.Values -}}
{{- $postgres := $values.postgres -}}
{{- with $values.secrets.internalCredential -}}
- {file: internal-credential, env: CHATIRE__INTERNAL__CREDENTIAL_FILE, secret: {{ .secret }}, key: {{ .key }}}
{{- end }}
{{- if has .values (list "auth" "chat") }}
{{- if $postgres.operator.enabled }}
{{- $cluster := include "chatire.database" . }}
- {file: database-url, env: CHATIRE__DATABASE__URL_FILE, secret: {{ $cluster }}-app, key: uri}
- {file: database-ca.crt, env: PGSSLROOTCERT, secret: {{ $cluster }}-ca, key: ca.crt}
{{- else }}
{{- with index $postgres.external .values }}
- {file: database-url, env: CHATIRE__DATABASE__URL_FILE, secret: {{ .secret }}, key: {{ .key }}}
{{- end }}
{{- with $postgres.external.ca }}
{{- if .secret }}
- {file: database-ca.crt, env: PGSSLROOTCERT, secret: {{ .secret }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if not $values.rabbitmq.operator.enabled }}
{{- with $values.rabbitmq.external.url }}
- {file: bus-url, env: CHATIRE__BUS__URL_FILE, secret: {{ .secret }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- with $values.rabbitmq.ca }}
{{- if .secret }}
- {file: bus-ca.crt, env: SSL_CERT_FILE, secret: {{ .secret }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- if eq .values "auth" }}
{{- with $values.secrets.signingKeys }}
- {file: signing-keys, env: CHATIRE__KEYS__SECRET_FILE, secret: {{ .secret }}, key: {{ .key }}}
{{- end }}
{{- with $values.mail.smtp }}
{{- if .secret }}
- {file: mail-url, env: CHATIRE__MAIL__SMTP_FILE, secret: {{ .secret }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- with $values.mail.ca }}
{{- if .secret }}
- {file: mail-ca.crt, env: CHATIRE__MAIL__CA_FILE, secret: {{ .secret }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The volume of those files. (as above) */}}
{{- define "chatire.secretVolume" -}}
name: secrets
projected:
  # 0440: for the group, which is fsGroup, since the owner is root.
  defaultMode: 288
  sources:
    {{- range include "chatire.secretFiles" . | fromYamlArray }}
    - secret:
        name: {{ .secret }}
        items: [{key: {{ .key | quote }}, path: {{ .file }}}]
    {{- end }}
{{- end -}}

{{/* A setting as it stands in the environment: limits.enabled becomes CHATIRE__LIMITS__ENABLED. */}}
{{- define "chatire.settingName" -}}
CHATIRE__{{ . | upper | replace "." "__" }}
{{- end -}}

{{/* Numbers without the exponent that big ones would get. */}}
{{- define "chatire.settingValue" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/*
The environment of a service: its own settings (`more`, a dict of settings), what all of them need, where secrets are, and
what the operator sets. (dict "root" $ "part" "auth-service" "values" "auth" "own" .Values.auth "more" (dict …))
*/}}
{{- define "chatire.env" -}}
{{- $values := .root.Values -}}
{{- $about := get (include "chatire.parts" .root | fromYaml) .part -}}
{{- $settings := dict
  "public_url" $values.publicUrl
  "listen.public" (printf "0.0.0.0:%v" $about.public)
  "listen.internal" (printf "0.0.0.0:%v" $about.internal)
  "listen.trusted_proxies" (join "," $values.podNetworks)
  "listen.workers" .own.workers
  "log.level" $values.log.level
  "log.format" $values.log.format -}}
{{- range $name, $value := merge $settings .more .own.settings }}
- name: {{ include "chatire.settingName" $name }}
  value: {{ include "chatire.settingValue" $value | quote }}
{{- end }}
{{- range include "chatire.secretFiles" . | fromYamlArray }}
- name: {{ .env }}
  value: /run/secrets/chatire/{{ .file }}
{{- end }}
{{- if has .values (list "auth" "chat") }}
{{- /* For libpq, where the URL does not say it. It knows no system's authorities by itself. */}}
{{- $external := $values.postgres.external }}
{{- $operated := $values.postgres.operator.enabled }}
- name: PGSSLMODE
  value: {{ ternary "verify-full" $external.sslMode $operated }}
{{- if and (not $operated) (not $external.ca.secret) (hasPrefix "verify" $external.sslMode) }}
- name: PGSSLROOTCERT
  value: /etc/ssl/certs/ca-certificates.crt
{{- end }}
{{- end }}
{{- if $values.rabbitmq.operator.enabled }}
{{- $secret := printf "%s-default-user" (include "chatire.rabbitmq" .root) }}
{{- $host := printf "%s.%s.svc" (include "chatire.rabbitmq" .root) .root.Release.Namespace }}
{{- $way := ternary (list "amqps" 5671) (list "amqp" 5672) (ne $values.rabbitmq.operator.tls.secret "") }}
{{- /* The operator's secret has no URL that says which vhost is meant. The kubelet puts in what stands in parentheses. */}}
- name: RABBITMQ_USERNAME
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: username}}
- name: RABBITMQ_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: password}}
- name: CHATIRE__BUS__URL
  value: {{ first $way }}://$(RABBITMQ_USERNAME):$(RABBITMQ_PASSWORD)@{{ $host }}:{{ last $way }}/%2f
{{- end }}
{{- end -}}
