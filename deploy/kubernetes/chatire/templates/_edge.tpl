{{/* What the edge's image does not know: where the services are here, and who stands in front of it. */}}
{{- define "chatire.edgeConfig" -}}
services.conf: |
  # Each service has one address, behind which Kubernetes chooses a replica. It stands here twice, so that what one
  # replica could not even begin is tried again. Connections are given up before the services would close them.
  {{- range $name, $part := dict "to_auth" "auth-service" "to_chat_api" "chat-api" "to_gateways" "ws-gateway" }}
  {{- $about := get (include "chatire.parts" $ | fromYaml) $part }}
  {{- $host := include "chatire.name" (dict "root" $ "part" $part) }}
  upstream {{ $part }} {
      server {{ $host }}:{{ $about.public }} max_fails=0;
      server {{ $host }}:{{ $about.public }} max_fails=0;
      keepalive 32;
      keepalive_timeout 4s;
  }
  map $host ${{ $name }} { default {{ $part }}; }
  {{- end }}
trusted-proxies.conf: |
  # Whose word is taken for where a request comes from.
  {{- range .Values.edge.trustedProxies | default (ternary .Values.podNetworks (list) .Values.ingress.enabled) }}
  set_real_ip_from {{ . }};
  {{- end }}
  real_ip_header X-Forwarded-For;
  real_ip_recursive on;
{{- end -}}
