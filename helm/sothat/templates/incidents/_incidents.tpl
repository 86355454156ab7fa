{{- define "sothat.incidents.config" -}}
{{- $made := dict "apiVersion" "sothat/v1" "kind" "Incidents" "listen" "0.0.0.0:9781" -}}
{{- $_ := set $made "policy" "policy/policy.json" -}}
{{- $_ := set $made "runbooks" "runbooks" -}}
{{- $_ := set $made "webhook" (dict "token" (dict "file" "secrets/webhook-token")) -}}
{{- $_ := set $made "api" (dict "token" (dict "file" "secrets/api-token")) -}}
{{- if eq .Values.incidents.store.type "sqlite" -}}
{{- $_ := set $made "store" "sqlite:///store/incidents.db" -}}
{{- else -}}
{{- $_ := set $made "store" (dict "file" "secrets/store-url") -}}
{{- end -}}
{{- with .Values.urls.incidents -}}
{{- $_ := set $made "external_url" . -}}
{{- end -}}
{{- with .Values.incidents.alertmanagers -}}
{{- $_ := set $made "reconcile" (list (dict "peers" .)) -}}
{{- end -}}
{{- if .Values.incidents.people -}}
{{- $_ := set $made "people" "people/people.yaml" -}}
{{- end -}}
{{ toYaml (mergeOverwrite $made (deepCopy .Values.incidents.config)) }}
{{- end }}

{{- define "sothat.incidents.of" -}}
{{- if and (eq .Values.incidents.store.type "sqlite") (gt (int .Values.incidents.replicas) 1) -}}
{{- fail "incidents.store.type sqlite is for one replica: set incidents.replicas to 1, or use PostgreSQL" -}}
{{- end -}}
{{- end }}

{{- define "sothat.incidents.addresses" -}}
{{- $known := dict -}}
{{- range $name, $built := .Values.artefacts.builtWith -}}
{{- with index $.Values.urls $name -}}
{{- $_ := set $known $built (trimSuffix "/" .) -}}
{{- end -}}
{{- end -}}
{{ toJson $known }}
{{- end }}

{{- define "sothat.incidents.pod" -}}
{{- $full := printf "%s-incidents" (include "sothat.fullname" .root) -}}
metadata:
  labels:
    {{- include "sothat.labels" . | nindent 4 }}
  annotations:
    checksum/config: {{ include "sothat.incidents.config" .root | sha256sum }}
    checksum/policy: {{ .root.Files.Get "compiled/incidents/policy.json" | sha256sum }}
    {{- if eq (include "sothat.mode" .root) "configmaps" }}
    prometheus.io/scrape: "true"
    prometheus.io/port: "9781"
    {{- end }}
    {{- with .root.Values.incidents.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- include "sothat.pod" (dict "root" .root "account" "incidents") | nindent 2 }}
  terminationGracePeriodSeconds: {{ .root.Values.incidents.terminationGracePeriodSeconds }}
  {{- if .root.Values.incidents.topologySpread }}
  topologySpreadConstraints:
    {{- include "sothat.spread" . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.incidents.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.incidents.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.incidents.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- if not .root.Values.incidents.runbooks }}
  initContainers:
    - name: runbooks
      {{- include "sothat.container" .root | nindent 6 }}
      command: [python, -c]
      args:
        - |
          {{- .root.Files.Get "files/runbooks.py" | nindent 10 }}
        - /data/runbooks
      env:
        - name: ADDRESSES
          value: {{ include "sothat.incidents.addresses" .root | quote }}
      resources:
        requests: {cpu: 50m, memory: 32Mi, ephemeral-storage: 8Mi}
        limits: {cpu: 500m, memory: 64Mi, ephemeral-storage: 16Mi}
      volumeMounts:
        - {name: runbooks, mountPath: /data/runbooks}
  {{- end }}
  containers:
    - name: incidents
      {{- include "sothat.container" .root | nindent 6 }}
      args: [incidents, serve, --config, /etc/sothat/incidents.yaml, --data, /data, --log-format, json]
      lifecycle:
        preStop:
          # Senders are told of the end before it comes: until then they are answered.
          exec: {command: [sleep, "5"]}
      ports:
        - name: http
          containerPort: 9781
      {{- include "sothat.probes" (dict "port" "http") | nindent 6 }}
      resources:
        {{- toYaml .root.Values.incidents.resources | nindent 8 }}
      volumeMounts:
        - {name: config, mountPath: /etc/sothat, readOnly: true}
        - {name: data, mountPath: /data}
        - {name: policy, mountPath: /data/policy, readOnly: true}
        - {name: runbooks, mountPath: /data/runbooks, readOnly: true}
        - {name: secrets, mountPath: /data/secrets, readOnly: true}
        {{- if .root.Values.incidents.people }}
        - {name: people, mountPath: /data/people, readOnly: true}
        {{- end }}
        {{- if eq .root.Values.incidents.store.type "sqlite" }}
        - {name: store, mountPath: /data/store}
        {{- end }}
        - {name: tmp, mountPath: /tmp}
  volumes:
    - name: config
      configMap:
        name: {{ $full }}
        items: [{key: incidents.yaml, path: incidents.yaml}]
    {{- if .root.Values.incidents.people }}
    - name: people
      configMap:
        name: {{ $full }}
        items: [{key: people.yaml, path: people.yaml}]
    {{- end }}
    - name: policy
      configMap:
        name: {{ $full }}-policy
    - name: runbooks
      {{- if .root.Values.incidents.runbooks }}
      projected:
        sources:
          {{- range .root.Values.incidents.runbooks }}
          - configMap:
              name: {{ . }}
          {{- end }}
      {{- else }}
      emptyDir: {sizeLimit: 32Mi}
      {{- end }}
    - name: secrets
      projected:
        defaultMode: 0440
        sources:
          - secret:
              name: {{ .root.Values.secrets.name }}
          {{- with .root.Values.incidents.secret }}
          - secret:
              name: {{ . }}
          {{- end }}
    - name: data
      emptyDir: {sizeLimit: 64Mi}
    - name: tmp
      emptyDir: {sizeLimit: 64Mi}
{{- end }}
