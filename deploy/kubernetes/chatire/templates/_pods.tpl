{{/*
How long a pod may take to end: until others have heard of it (leaveSeconds), until its clients are gone, and until it has
finished what it was at. A service goes on for 5 s (listen.drain_seconds) while a gateway sends its clients away, which waits 3 s more
for the last ones; requests get 5 s, background work 10 s; the rest is in hand.
An nginx needs little. (dict "root" $ "part" "ws-gateway")
*/}}
{{- define "chatire.graceSeconds" -}}
{{- $values := .root.Values -}}
{{- if eq .part "edge" -}}
{{ add $values.leaveSeconds $values.edge.drainSeconds 10 }}
{{- else if eq .part "ws-gateway" -}}
{{ add $values.leaveSeconds $values.gateway.drainSeconds 25 }}
{{- else -}}
{{ add $values.leaveSeconds 25 }}
{{- end -}}
{{- end -}}

{{/*
Everything of a Deployment but its containers: they follow at the end of it.
(dict "root" $ "part" "chat-api" "own" .Values.chat)
*/}}
{{- define "chatire.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "chatire.name" . }}
  labels: {{- include "chatire.labels" . | nindent 4 }}
spec:
  {{- if not .own.autoscaling.enabled }}
  replicas: {{ .own.replicas }}
  {{- end }}
  # One after the other, and none goes before its successor serves.
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  minReadySeconds: 5
  progressDeadlineSeconds: {{ add .root.Values.startSeconds 300 }}
  revisionHistoryLimit: 5
  selector:
    matchLabels: {{- include "chatire.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "chatire.labels" . | nindent 8 }}
      annotations:
        kubectl.kubernetes.io/default-container: {{ .part }}
        {{- range $name, $text := .annotations }}
        {{ $name }}: {{ $text | quote }}
        {{- end }}
        {{- with .own.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "chatire.fullname" .root }}
      automountServiceAccountToken: false
      # Kubernetes would put addresses of all Services into the environment, where settings are read from.
      enableServiceLinks: false
      {{- with .root.Values.image.pullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      terminationGracePeriodSeconds: {{ include "chatire.graceSeconds" . }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile: {type: RuntimeDefault}
      topologySpreadConstraints:
        {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - topologyKey: {{ $key }}
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "chatire.selector" $ | nindent 14 }}
          matchLabelKeys: [pod-template-hash]
        {{- end }}
      {{- with .own.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .own.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .own.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}

{{/* What all containers have in common. (as above) */}}
{{- define "chatire.container" -}}
name: {{ .part }}
image: {{ include "chatire.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
resources: {{- toYaml .own.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
# Others go on sending for a moment after the pod was taken off their lists.
lifecycle:
  preStop: {sleep: {seconds: {{ .root.Values.leaveSeconds }}}}
{{- end -}}

{{/*
Of a service, on its internal listener. It binds its ports before it migrates its database, and answers only after: the
start may take long. Alive and ready are apart: without its database it is not ready, but starting again would not help.
*/}}
{{- define "chatire.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: internal}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: {{ div .root.Values.startSeconds 2 }}
livenessProbe:
  httpGet: {path: /healthz, port: internal}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: internal}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end -}}
