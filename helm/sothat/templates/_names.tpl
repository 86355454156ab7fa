{{- define "sothat.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "sothat.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name (include "sothat.name" .) | trunc 40 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- /* Labels by which a part's pods are found: they may never change. */ -}}
{{- define "sothat.selector" -}}
app.kubernetes.io/name: {{ include "sothat.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "sothat.labels" -}}
{{ include "sothat.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: sothat
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "sothat.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- end -}}
{{- end }}

{{- define "sothat.incidents.service" -}}
http://{{ include "sothat.fullname" . }}-incidents.{{ .Release.Namespace }}.svc:9781
{{- end }}

{{- define "sothat.mode" -}}
{{- if ne .Values.monitoring.mode "auto" -}}
{{ .Values.monitoring.mode }}
{{- else if .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}
operator
{{- else -}}
configmaps
{{- end -}}
{{- end }}

{{- /* A compiled text with the addresses of this cluster. */ -}}
{{- define "sothat.addressed" -}}
{{- $text := .text -}}
{{- range $name, $built := .root.Values.artefacts.builtWith -}}
{{- $here := index $.root.Values.urls $name -}}
{{- if and $built $here -}}
{{- $text = replace $built (trimSuffix "/" $here) $text -}}
{{- end -}}
{{- end -}}
{{ $text }}
{{- end }}

{{- /* The same of Alertmanager's routing: it reaches the service from inside the cluster. */ -}}
{{- define "sothat.routing" -}}
{{- $webhook := printf "%s/api/" .root.Values.artefacts.builtWith.incidents -}}
{{- $inside := printf "%s/api/" (include "sothat.incidents.service" .root) -}}
{{- $text := replace $webhook $inside .text | replace "name: sothat-secrets" (printf "name: %s" .root.Values.secrets.name) -}}
{{ include "sothat.addressed" (dict "root" .root "text" $text) }}
{{- end }}

{{- define "sothat.compiled" -}}
{{- $files := .root.Files.Glob .pattern -}}
{{- if not $files -}}
{{- fail (printf "this chart holds no %s: run `sothat build -o %s/compiled`, or package it with `helm package` from a whole checkout" .pattern .root.Chart.Name) -}}
{{- end -}}
{{- end }}
