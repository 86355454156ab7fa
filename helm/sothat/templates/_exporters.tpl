{{- /* The configuration of an exporter: what its values say, and its share of the targets. */ -}}
{{- define "sothat.exporter.config" -}}
{{- $config := deepCopy .exporter.config -}}
{{- $_ := set $config "apiVersion" "sothat/v1" -}}
{{- $_ := set $config "kind" "Exporter" -}}
{{- $_ := set $config "listen" "0.0.0.0:9780" -}}
{{- if .exporter.sharded -}}
{{- $shard := dict "index" (dict "env" "SOTHAT_POD") "of" (int (default (include "sothat.exporter.replicas" .) .exporter.shards)) "fleet" .component -}}
{{- with .exporter.handover -}}
{{- $_ := set $shard "before" (dict "of" (int .of) "until" .until) -}}
{{- end -}}
{{- $_ := set $config "shard" $shard -}}
{{- end -}}
{{ toYaml $config }}
{{- end }}

{{- define "sothat.exporter.replicas" -}}
{{ default 1 .exporter.replicas }}
{{- end }}

{{- define "sothat.exporter.pod" -}}
metadata:
  labels:
    {{- include "sothat.labels" . | nindent 4 }}
    {{- with .exporter.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/config: {{ include "sothat.exporter.config" . | sha256sum }}
    {{- if eq (include "sothat.mode" .root) "configmaps" }}
    prometheus.io/scrape: "true"
    prometheus.io/port: "9780"
    {{- end }}
    {{- with .exporter.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- include "sothat.pod" (dict "root" .root "account" "exporters" "sysctls" .exporter.sysctls) | nindent 2 }}
  {{- if ne .exporter.kind "DaemonSet" }}
  topologySpreadConstraints:
    {{- include "sothat.spread" . | nindent 4 }}
  {{- end }}
  {{- with .exporter.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .exporter.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .exporter.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  containers:
    - name: exporter
      {{- include "sothat.container" .root | nindent 6 }}
      args: [export, --config, /etc/sothat/exporter.yaml, --data, /data, --log-format, json]
      env:
        - name: SOTHAT_POD
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
      ports:
        - name: metrics
          containerPort: 9780
      {{- include "sothat.probes" (dict "port" "metrics") | nindent 6 }}
      resources:
        {{- toYaml (default .root.Values.exporterDefaults.resources .exporter.resources) | nindent 8 }}
      volumeMounts:
        - {name: config, mountPath: /etc/sothat, readOnly: true}
        - {name: data, mountPath: /data}
        - {name: tmp, mountPath: /tmp}
        {{- if .exporter.secret }}
        - {name: secrets, mountPath: /data/secrets, readOnly: true}
        {{- end }}
        {{- if .exporter.files }}
        - {name: files, mountPath: /data/files, readOnly: true}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "sothat.fullname" .root }}-{{ .component }}
        items: [{key: exporter.yaml, path: exporter.yaml}]
    - name: data
      emptyDir: {sizeLimit: 32Mi}
    - name: tmp
      emptyDir: {sizeLimit: 16Mi}
    {{- with .exporter.secret }}
    - name: secrets
      secret:
        secretName: {{ . }}
        defaultMode: 0440
    {{- end }}
    {{- if .exporter.files }}
    - name: files
      configMap:
        name: {{ include "sothat.fullname" .root }}-{{ .component }}-files
    {{- end }}
{{- end }}
