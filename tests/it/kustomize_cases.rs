//! What Kustomize 5.8.2 prints for small trees, and what it refuses: one for each thing in which it is not what one
//! would think. The expected text is what the program itself printed.

use plimsoll::overlay::kustomize::Reason;

/// Files, the folder of the build, and what is printed.
pub struct Case {
    pub name: &'static str,
    pub files: &'static [(&'static str, &'static str)],
    pub root: &'static str,
    pub want: &'static str,
}

/// Files, the folder of the build, why it is refused, and what is pointed at.
pub struct Refusal {
    pub name: &'static str,
    pub files: &'static [(&'static str, &'static str)],
    pub root: &'static str,
    pub reason: Reason,
    pub place: Option<&'static str>,
}

pub const CASES: &[Case] = &[
    Case {
        name: "labels_of_several_fields_are_one_node",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
labels: [{pairs: {team: a}, includeSelectors: true}]
",
            ),
            (
                "o/kustomization.yaml",
                "resources: [../b]
labels: [{pairs: {team: b}}]
",
            ),
        ],
        root: "o",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    team: b
  name: web
spec:
  selector:
    matchLabels:
      app: web
      team: b
  template:
    metadata:
      labels:
        app: web
        team: b
    spec:
      containers:
      - env:
        - name: HOST
          value: $(HOST)
        image: nginx:1.25
        name: web
      - image: side
        name: side
",
    },
    Case {
        name: "a_json_patch_parts_them",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
labels: [{pairs: {team: a}, includeSelectors: true}]
",
            ),
            (
                "o/kustomization.yaml",
                r#"resources: [../b]
patches:
- target: {kind: Deployment}
  patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'
labels: [{pairs: {team: b}}]
"#,
            ),
        ],
        root: "o",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    team: b
  name: web
spec:
  paused: true
  selector:
    matchLabels:
      app: web
      team: a
  template:
    metadata:
      labels:
        app: web
        team: a
    spec:
      containers:
      - env:
        - name: HOST
          value: $(HOST)
        image: nginx:1.25
        name: web
      - image: side
        name: side
",
    },
    Case {
        name: "ports_of_one_number_become_one",
        files: &[
            (
                "b/s.yaml",
                "apiVersion: v1
kind: Service
metadata: {name: dns}
spec:
  ports:
  - {port: 53, name: tcp}
  - {port: 53, protocol: UDP, name: udp}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [s.yaml]
patches:
- patch: |-
    apiVersion: v1
    kind: Service
    metadata: {name: dns}
    spec: {clusterIP: None}
",
            ),
        ],
        root: "b",
        want: "apiVersion: v1
kind: Service
metadata:
  name: dns
spec:
  clusterIP: None
  ports:
  - name: tcp
    port: 53
  - name: udp
    port: 53
    protocol: UDP
",
    },
    Case {
        name: "replace_of_an_item_keeps_the_old_one",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: web, $patch: replace, image: bare}]}}}
",
            ),
        ],
        root: "b",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - env:
        - name: HOST
          value: $(HOST)
        image: nginx:1.25
        name: web
      - image: side
        name: side
",
    },
    Case {
        name: "directives_of_lists_and_mappings",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
"#,
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [d.yaml]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      selector: {$patch: replace, matchLabels: {only: "1"}}
      template:
        metadata: {labels: {app: null, $patch: merge}}
        spec:
          containers:
          - {name: side, $patch: delete}
          - {name: more, image: more}
"#,
            ),
        ],
        root: "b",
        want: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      only: "1"
  template:
    metadata:
      labels: {}
    spec:
      containers:
      - image: more
        name: more
      - env:
        - name: HOST
          value: $(HOST)
        image: nginx:1.25
        name: web
"#,
    },
    Case {
        name: "annotations_are_text",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata:
  name: c
  annotations: {number: 5, flag: true, day: 2024-01-01, nothing: ~, empty: }
  labels: {number: 5}
data: {day: 2024-01-01, time: 2024-1-2T10:00:00.50+02:00}
",
            ),
            ("b/kustomization.yaml", "resources: [c.yaml]\n"),
        ],
        root: "b",
        want: r#"apiVersion: v1
data:
  day: "2024-01-01T00:00:00Z"
  time: "2024-1-2T10:00:00.50+02:00"
kind: ConfigMap
metadata:
  annotations:
    day: "2024-01-01"
    empty: ""
    flag: "true"
    nothing: "~"
    number: "5"
  labels:
    number: 5
  name: c
"#,
    },
    Case {
        name: "a_json_patch_sees_times",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: c, annotations: {day: 2024-01-01, octal: 0o17}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
patches:
- target: {kind: ConfigMap}
  patch: |-
    - {op: add, path: /data, value: {a: b}}
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
data:
  a: b
kind: ConfigMap
metadata:
  annotations:
    day: "2024-01-01T00:00:00Z"
    octal: "15"
  name: c
"#,
    },
    Case {
        name: "folded_text_comes_back_with_empty_lines",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  a: >
    one
      two
    three

    four
  c: >+
    end

",
            ),
            ("b/kustomization.yaml", "resources: [c.yaml]\n"),
        ],
        root: "b",
        want: "apiVersion: v1
data:
  a: |
    one

      two
    three
    four
  c: |+
    end


kind: ConfigMap
metadata:
  name: c
",
    },
    Case {
        name: "a_generator_merges_into_a_file",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
---
apiVersion: v1
kind: Secret
metadata: {name: cred}
stringData: {pass: x}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
configMapGenerator:
- {name: conf, behavior: merge, literals: [more=1]}
secretGenerator:
- {name: cred, behavior: merge, literals: [more=1]}
- {name: empty}
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
data:
  count: "5"
  host: example.com
  more: "1"
kind: ConfigMap
metadata:
  name: conf
---
apiVersion: v1
data:
  more: MQ==
  pass: eA==
kind: Secret
metadata:
  name: cred
type: Opaque
---
apiVersion: v1
data: {}
kind: Secret
metadata:
  name: empty-46f8b28mk5
type: Opaque
"#,
    },
    Case {
        name: "a_generator_merges_into_a_generator",
        files: &[
            (
                "b/kustomization.yaml",
                "configMapGenerator:
- {name: conf, literals: [a=1, b=2]}
",
            ),
            (
                "o/kustomization.yaml",
                "resources: [../b]
namePrefix: eu-
configMapGenerator:
- {name: conf, behavior: merge, literals: [b=3]}
",
            ),
        ],
        root: "o",
        want: r#"apiVersion: v1
data:
  a: "1"
  b: "3"
kind: ConfigMap
metadata:
  name: eu-conf-dtd4b88ttf
"#,
    },
    Case {
        name: "environment_files",
        files: &[
            ("b/e.env", "\u{feff}# note\nA=1\n  B = two \nC=\"q\"\nD\n=lost\nE=a=b\n"),
            (
                "b/kustomization.yaml",
                "configMapGenerator:
- {name: c, envs: [e.env], options: {disableNameSuffixHash: true}}
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
data:
  A: "1"
  'B ': ' two '
  C: '"q"'
  D: ""
  E: a=b
kind: ConfigMap
metadata:
  name: c
"#,
    },
    Case {
        name: "variables",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
      volumes: []
"#,
            ),
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [d.yaml, c.yaml]
namePrefix: eu-
commonAnnotations: {at: "$(HOST):$(COUNT) $$(HOST) $(OTHER)"}
vars:
- {name: HOST, objref: {kind: ConfigMap, name: conf, apiVersion: v1}, fieldref: {fieldpath: data.host}}
- {name: COUNT, objref: {kind: ConfigMap, name: conf, apiVersion: v1}, fieldref: {fieldPath: data.count}}
"#,
            ),
        ],
        root: "b",
        want: "apiVersion: v1
data:
  count: 5
  host: example.com
kind: ConfigMap
metadata:
  annotations:
    at: example.com:5 $(HOST) $(OTHER)
  name: eu-conf
---
apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    at: example.com:5 example.com $(OTHER)
  name: eu-web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      annotations:
        at: example.com:5 example.com $(OTHER)
      labels:
        app: web
    spec:
      containers:
      - env:
        - name: HOST
          value: example.com
        image: nginx:1.25
        name: web
      - image: side
        name: side
      volumes: []
",
    },
    Case {
        name: "replacements_in_json",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: json}
data:
  app.json: '{"html": "<b>", "list": [{"name": "x", "value": "y"}]}'
  pretty.json: |
    {
      "a": 1.50
    }
"#,
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [c.yaml]
replacements:
- source: {kind: ConfigMap, name: conf, fieldPath: data.host}
  targets:
  - select: {name: json}
    fieldPaths: ["data.[app.json].list.[name=x].value"]
- source: {kind: ConfigMap, name: conf, fieldPath: data.count}
  targets:
  - select: {name: json}
    fieldPaths: [data.pretty\.json.a]
"#,
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
data:
  count: 5
  host: example.com
kind: ConfigMap
metadata:
  name: conf
---
apiVersion: v1
data:
  app.json: '{"html":"\u003cb\u003e","list":[{"name":"x","value":"example.com"}]}'
  pretty.json: |-
    {
      "a": 5
    }
kind: ConfigMap
metadata:
  name: json
"#,
    },
    Case {
        name: "replacements_create_and_split",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
"#,
            ),
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [d.yaml, c.yaml]
replacements:
- source: {kind: ConfigMap, name: conf, fieldPath: data.host, options: {delimiter: ., index: 0}}
  targets:
  - select: {kind: Deployment}
    fieldPaths: ["metadata.annotations.[a.b/c]", "spec.template.spec.containers.[name=new].image"]
    options: {create: true}
  - select: {kind: Deployment}
    fieldPaths: [spec.template.spec.containers.*.image]
    options: {delimiter: ":", index: 1}
"#,
            ),
        ],
        root: "b",
        want: "apiVersion: v1
data:
  count: 5
  host: example.com
kind: ConfigMap
metadata:
  name: conf
---
apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    a.b/c: example
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - env:
        - name: HOST
          value: $(HOST)
        image: nginx:example
        name: web
      - image: side:example
        name: side
      - image: example:example
        name: new
",
    },
    Case {
        name: "a_value_of_another_type_may_be_replaced_again",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
"#,
            ),
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml, c.yaml]
replacements:
- source: {kind: ConfigMap, name: conf, fieldPath: data.host}
  targets: [{select: {kind: Deployment}, fieldPaths: [spec.replicas]}]
",
            ),
            (
                "o/kustomization.yaml",
                "resources: [../b]
replicas: [{name: web, count: 3}]
",
            ),
        ],
        root: "o",
        want: "apiVersion: v1
data:
  count: 5
  host: example.com
kind: ConfigMap
metadata:
  name: conf
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - env:
        - name: HOST
          value: $(HOST)
        image: nginx:1.25
        name: web
      - image: side
        name: side
",
    },
    Case {
        name: "transformers_of_their_own",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
"#,
            ),
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/t.yaml",
                r#"apiVersion: builtin
kind: PrefixTransformer
metadata: {name: p}
prefix: p-
fieldSpecs: [{path: metadata/name}]
---
apiVersion: builtin
kind: LabelTransformer
metadata: {name: l}
labels: {made: "1"}
fieldSpecs: [{path: metadata/labels, create: true}]
---
apiVersion: builtin
kind: PatchTransformer
metadata: {name: patch}
target: {kind: Deployment}
patch: |-
  - {op: add, path: /spec/replicas, value: 2}
---
apiVersion: builtin
kind: ValueAddTransformer
metadata: {name: v}
value: added
targets:
- {selector: {kind: ConfigMap}, fieldPath: data/path, filePathPosition: 2}
"#,
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [d.yaml, c.yaml]
transformers:
- t.yaml
- |-
  apiVersion: builtin
  kind: NamespaceTransformer
  metadata: {name: n, namespace: shop}
  unsetOnly: true
- |-
  apiVersion: builtin
  kind: ImageTagTransformer
  metadata: {name: i}
  imageTag: {name: nginx, newTag: "9"}
"#,
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
data:
  count: 5
  host: example.com
  path: added
kind: ConfigMap
metadata:
  labels:
    made: "1"
  name: p-conf
  namespace: shop
---
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    made: "1"
  name: p-web
  namespace: shop
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - env:
        - name: HOST
          value: $(HOST)
        image: nginx:9
        name: web
      - image: side
        name: side
"#,
    },
    Case {
        name: "generators_of_their_own",
        files: &[
            (
                "b/g/g.yaml",
                "apiVersion: builtin
kind: SecretGenerator
metadata: {name: s, namespace: ops}
literals: [a=1]
type: x/y
",
            ),
            ("b/g/kustomization.yaml", "resources: [g.yaml]\n"),
            (
                "b/kustomization.yaml",
                "generators:
- g
- |-
  apiVersion: builtin
  kind: ConfigMapGenerator
  metadata: {name: c}
  literals: [a=1]
- |-
  apiVersion: builtin
  kind: IAMPolicyGenerator
  metadata: {name: i}
  cloud: gke
  kubernetesService: {name: k8s}
  serviceAccount: {name: acc, projectId: proj}
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ServiceAccount
metadata:
  annotations:
    iam.gke.io/gcp-service-account: acc@proj.iam.gserviceaccount.com
  name: k8s
---
apiVersion: v1
data:
  a: "1"
kind: ConfigMap
metadata:
  name: c-h29d89cmmt
---
apiVersion: v1
data:
  a: MQ==
kind: Secret
metadata:
  name: s-8b94b4tt75
  namespace: ops
type: x/y
"#,
    },
    Case {
        name: "notes_of_what_happened",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
namespace: shop
configMapGenerator: [{name: made, literals: [a=b]}]
",
            ),
            (
                "o/kustomization.yaml",
                "resources: [../b]
buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]
namePrefix: eu-
",
            ),
        ],
        root: "o",
        want: "apiVersion: v1
data:
  count: 5
  host: example.com
kind: ConfigMap
metadata:
  annotations:
    alpha.config.kubernetes.io/transformations: |
      - configuredIn: ../b/kustomization.yaml
        configuredBy:
          apiVersion: builtin
          kind: NamespaceTransformer
      - configuredIn: kustomization.yaml
        configuredBy:
          apiVersion: builtin
          kind: PrefixTransformer
    config.kubernetes.io/origin: |
      path: ../b/c.yaml
  labels:
    app.kubernetes.io/managed-by: kustomize-v5.8.2
  name: eu-conf
  namespace: shop
---
apiVersion: v1
data:
  a: b
kind: ConfigMap
metadata:
  annotations:
    alpha.config.kubernetes.io/transformations: |
      - configuredIn: ../b/kustomization.yaml
        configuredBy:
          apiVersion: builtin
          kind: NamespaceTransformer
      - configuredIn: kustomization.yaml
        configuredBy:
          apiVersion: builtin
          kind: PrefixTransformer
    config.kubernetes.io/origin: |
      configuredIn: ../b/kustomization.yaml
      configuredBy:
        apiVersion: builtin
        kind: ConfigMapGenerator
  labels:
    app.kubernetes.io/managed-by: kustomize-v5.8.2
  name: eu-made-4h2mbtbbt6
  namespace: shop
",
    },
    Case {
        name: "schemas_of_openapi",
        files: &[
            (
                "b/r.yaml",
                "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: r}
spec: {template: {containers: [{name: a, image: a}, {name: b, image: b}]}}
",
            ),
            (
                "b/s.json",
                "{\"definitions\": {\"x.Rollout\": {\"x-kubernetes-group-version-kind\": [{\"group\": \"argoproj.io\", \"version\": \"v1alpha1\", \"kind\": \"Rollout\"}], \"properties\": {\"spec\": {\"$ref\": \"#/definitions/x.Spec\"}}}, \"x.Spec\": {\"properties\": {\"template\": {\"properties\": {\"containers\": {\"type\": \"array\", \"items\": {\"type\": \"object\"}, \"x-kubernetes-patch-merge-key\": \"name\", \"x-kubernetes-patch-strategy\": \"merge\"}}}}}}}\n",
            ),
            (
                "b/kustomization.yaml",
                "resources: [r.yaml]
openapi: {path: s.json}
patches:
- patch: |-
    apiVersion: argoproj.io/v1alpha1
    kind: Rollout
    metadata: {name: r}
    spec: {template: {containers: [{name: b, image: new}]}}
",
            ),
        ],
        root: "b",
        want: "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: r
spec:
  template:
    containers:
    - image: new
      name: b
    - image: a
      name: a
",
    },
    Case {
        name: "a_named_version_goes_before_the_schemas_of_a_base",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: web}]}}}
",
            ),
            ("b/s.json", "{\"definitions\": {}}\n"),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
openapi: {path: s.json}
",
            ),
            (
                "o/kustomization.yaml",
                "resources: [../b]
openapi: {version: v1.21.2}
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: side, image: side}]}}}
",
            ),
        ],
        root: "o",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - image: side
        name: side
      - image: web
        name: web
",
    },
    Case {
        name: "references_of_crds",
        files: &[
            (
                "b/r.yaml",
                "apiVersion: x.io/v1
kind: Thing
metadata: {name: t}
spec: {conf: {name: conf}}
",
            ),
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/d.json",
                "{\"io.Thing\": {\"Schema\": {\"properties\": {\"apiVersion\": {}, \"kind\": {}, \"metadata\": {}, \"spec\": {\"$ref\": \"io.Spec\"}}}}, \"io.Spec\": {\"Schema\": {\"properties\": {\"conf\": {\"x-kubernetes-object-ref-api-version\": \"v1\", \"x-kubernetes-object-ref-kind\": \"ConfigMap\"}}}}}\n",
            ),
            (
                "b/kustomization.yaml",
                "resources: [r.yaml, c.yaml]
namePrefix: eu-
crds: [d.json]
",
            ),
        ],
        root: "b",
        want: "apiVersion: v1
data:
  count: 5
  host: example.com
kind: ConfigMap
metadata:
  name: eu-conf
---
apiVersion: x.io/v1
kind: Thing
metadata:
  name: eu-t
spec:
  conf:
    name: eu-conf
",
    },
    Case {
        name: "tables_of_configurations",
        files: &[
            (
                "b/r.yaml",
                r#"apiVersion: x.io/v1
kind: Thing
metadata: {name: t}
spec: {conf: conf, image: "nginx:1"}
"#,
            ),
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/k.yaml",
                "nameReference:
- kind: ConfigMap
  fieldSpecs: [{kind: Thing, path: spec/conf}]
images: [{kind: Thing, path: spec/image}]
replicas: [{kind: Thing, path: spec/replicas, create: true}]
commonLabels: [{kind: Thing, path: spec/labels, create: true}]
",
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [r.yaml, c.yaml]
nameSuffix: -v2
configurations: [k.yaml]
images: [{name: nginx, newTag: "2"}]
replicas: [{name: t, count: 3}]
commonLabels: {a: b}
"#,
            ),
        ],
        root: "b",
        want: "apiVersion: v1
data:
  count: 5
  host: example.com
kind: ConfigMap
metadata:
  labels:
    a: b
  name: conf-v2
---
apiVersion: x.io/v1
kind: Thing
metadata:
  labels:
    a: b
  name: t-v2
spec:
  conf: conf-v2
  image: nginx:2
  labels:
    a: b
  replicas: 3
",
    },
    Case {
        name: "labels_of_a_patch_with_a_target_are_text",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
patches:
- target: {kind: Deployment}
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: any, labels: {app: null, day: 2024-01-01}}
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app: "null"
    day: "2024-01-01"
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - env:
        - name: HOST
          value: $(HOST)
        image: nginx:1.25
        name: web
      - image: side
        name: side
"#,
    },
    Case {
        name: "order",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
---
apiVersion: v1
kind: Service
metadata: {name: web}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Service], orderLast: [ConfigMap]}}
",
            ),
        ],
        root: "b",
        want: "apiVersion: v1
kind: Service
metadata:
  name: web
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - env:
        - name: HOST
          value: $(HOST)
        image: nginx:1.25
        name: web
      - image: side
        name: side
---
apiVersion: v1
data:
  count: 5
  host: example.com
kind: ConfigMap
metadata:
  name: conf
",
    },
    Case {
        name: "nulls_in_lists_stay",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {list: [~, 1]}
",
            ),
            ("b/kustomization.yaml", "resources: [c.yaml]\n"),
        ],
        root: "b",
        want: "apiVersion: v1
data:
  list:
  - null
  - 1
kind: ConfigMap
metadata:
  name: c
",
    },
    Case {
        name: "names_and_kinds_may_change",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: HOST, value: "$(HOST)"}]}
      - {name: side, image: side}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
patches:
- target: {kind: Deployment}
  patch: |-
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: db, namespace: elsewhere}
  options: {allowNameChange: true, allowKindChange: true}
",
            ),
        ],
        root: "b",
        want: "apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - env:
        - name: HOST
          value: $(HOST)
        image: nginx:1.25
        name: web
      - image: side
        name: side
",
    },
    Case {
        name: "variables_make_text_of_what_a_replacement_made",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
",
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [d.yaml]
replacements:
- sourceValue: "12"
  targets:
  - select: {kind: Deployment}
    fieldPaths: [metadata.labels.made, spec.replicas]
    options: {create: true}
vars:
- {name: HOST, objref: {kind: Deployment, name: web, apiVersion: apps/v1}}
"#,
            ),
        ],
        root: "b",
        want: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app: web
    made: "12"
  name: web
spec:
  replicas: 12
"#,
    },
    Case {
        name: "a_patch_with_a_target_takes_the_version_of_the_object_and_keeps_its_kind",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: nginx}]}}}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: nginx}]}}}
---
apiVersion: apps/v1
kind: Other
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: nginx}]}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
patches:
- target: {name: web}
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: any}
    spec: {template: {spec: {containers: [{name: side, image: side}]}}}
",
            ),
        ],
        root: "b",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - image: side
        name: side
      - image: nginx
        name: web
---
apiVersion: apps/v1
kind: Other
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - image: side
        name: side
      - image: nginx
        name: web
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - image: side
        name: side
",
    },
    Case {
        name: "a_second_merge_in_the_kustomization",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
commonAnnotations: {<<: {a: b}, <<: {c: d}}
",
            ),
        ],
        root: "b",
        want: "apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    a: b
    c: d
  name: conf
",
    },
    Case {
        name: "a_second_merge_in_a_json_patch",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "b/p.yaml",
                "- {op: add, path: /data, value: {<<: {a: b}, <<: {c: d}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
patches: [{path: p.yaml, target: {kind: ConfigMap}}]
",
            ),
        ],
        root: "b",
        want: "apiVersion: v1
data:
  a: b
  c: d
kind: ConfigMap
metadata:
  name: conf
",
    },
    Case {
        name: "a_second_merge_in_configurations",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "b/t.yaml",
                "commonAnnotations:
- {<<: {path: spec/notes}, <<: {create: true}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
configurations: [t.yaml]
commonAnnotations: {a: b}
",
            ),
        ],
        root: "b",
        want: "apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    a: b
  name: conf
spec:
  notes:
    a: b
",
    },
    Case {
        name: "a_merge_in_quotes",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
one: {"<<": x, y: z}
two: {<<: {a: b}, "<<": <<}
three: {"<<": {q: y}, <<: {p: x}}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: conf
one:
  "y": z
three:
  p: x
two:
  <<: <<
  a: b
"#,
    },
    Case {
        name: "ports_that_leave_out_the_protocol",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, ports: [{containerPort: 80}, {containerPort: 81, protocol: TCP}]}]}}}
",
            ),
            (
                "b/p.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, ports: [{containerPort: 80, protocol: TCP}, {containerPort: 80, protocol: UDP}, {containerPort: 81}]}]}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
patches: [{path: p.yaml}]
",
            ),
        ],
        root: "b",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: c
        ports:
        - containerPort: 80
        - containerPort: 81
          protocol: TCP
",
    },
    Case {
        name: "a_port_twice_with_a_directive",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, ports: [{containerPort: 80, name: a}]}]}}}
",
            ),
            (
                "b/p.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, ports: [{containerPort: 80, $patch: delete}, {containerPort: 80, protocol: UDP}]}]}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
patches: [{path: p.yaml}]
",
            ),
        ],
        root: "b",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: c
        ports:
        - containerPort: 80
          name: a
",
    },
    Case {
        name: "items_that_are_nothing",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, env: [{name: a, value: x}, {}, {name: a, value: y}]}]}}}
",
            ),
            (
                "b/p.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, env: [{name: b}, {}, {name: null, value: z}]}]}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
patches: [{path: p.yaml}]
",
            ),
        ],
        root: "b",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - env:
        - name: b
        name: c
",
    },
    Case {
        name: "an_item_without_its_key",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, env: [{name: a, value: x}, {value: y}, {name: b}]}]}}}
",
            ),
            (
                "b/p.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, env: [{name: b, value: z}]}]}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
patches: [{path: p.yaml}]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - env:
        - value: "y"
        name: c
"#,
    },
    Case {
        name: "a_key_that_is_empty",
        files: &[
            (
                "b/d.yaml",
                r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, env: [{name: a, value: x}, {name: "", value: y}]}]}}}
"#,
            ),
            (
                "b/p.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, env: [{name: b, value: z}]}]}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
patches: [{path: p.yaml}]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - env:
        - name: ""
          value: "y"
        - name: ""
          value: "y"
        - name: ""
          value: "y"
        name: c
"#,
    },
    Case {
        name: "a_directive_in_a_list_that_is_not_there",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "b/p.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf, finalizers: [{$patch: delete}, b, c, b]}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
patches: [{path: p.yaml}]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    note: x
  finalizers:
  - b
  - c
  labels:
    "n": "5"
  name: conf
"#,
    },
    Case {
        name: "a_long_list",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, env: [{name: n0, value: a}, {name: n1, value: a}, {name: n2, value: a}, {name: n3, value: a}, {name: n4, value: a}, {name: n5, value: a}, {name: n6, value: a}, {name: n7, value: a}, {name: n8, value: a}, {name: n9, value: a}, {name: n10, value: a}, {name: n11, value: a}, {name: n12, value: a}, {name: n13, value: a}, {name: n14, value: a}, {name: n15, value: a}, {name: n16, value: a}, {name: n17, value: a}, {name: n18, value: a}, {name: n19, value: a}, {name: n20, value: a}, {name: n21, value: a}, {name: n22, value: a}, {name: n23, value: a}, {name: n24, value: a}, {name: n25, value: a}, {name: n26, value: a}, {name: n27, value: a}, {name: n28, value: a}, {name: n29, value: a}, {name: n3, value: again}]}]}}}
",
            ),
            (
                "b/p.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, env: [{name: n29, $patch: delete}, {name: n28, $patch: delete}, {name: n27, value: b}, {name: n26, $patch: delete}, {name: n25, $patch: delete}, {name: n24, value: b}, {name: n23, $patch: delete}, {name: n22, $patch: delete}, {name: n21, value: b}, {name: n20, $patch: delete}, {name: n19, $patch: delete}, {name: n18, value: b}, {name: n17, $patch: delete}, {name: n16, $patch: delete}, {name: n15, value: b}, {name: n14, $patch: delete}, {name: n13, $patch: delete}, {name: n12, value: b}, {name: n11, $patch: delete}, {name: n10, $patch: delete}, {name: n9, value: b}, {name: n8, $patch: delete}, {name: n7, $patch: delete}, {name: n6, value: b}, {name: n5, $patch: delete}, {name: n4, $patch: delete}, {name: n3, value: b}, {name: n2, $patch: delete}, {name: n1, $patch: delete}, {name: new}]}]}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
patches: [{path: p.yaml}]
",
            ),
        ],
        root: "b",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - env:
        - name: n27
          value: b
        - name: n24
          value: b
        - name: n21
          value: b
        - name: n18
          value: b
        - name: n15
          value: b
        - name: n12
          value: b
        - name: n9
          value: b
        - name: n6
          value: b
        - name: n3
          value: again
        - name: new
        - name: n0
          value: a
        name: c
",
    },
    Case {
        name: "schemas_of_a_base_after_kinds_that_need_none",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, image: a}]}}}
",
            ),
            (
                "o/k.yaml",
                r#"{"definitions": {"x": {"type": "object", "x-kubernetes-group-version-kind": [{"group": "x", "version": "v1", "kind": "X"}]}}}
"#,
            ),
            (
                "o/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "o/kustomization.yaml",
                "resources: [c.yaml]
openapi: {path: k.yaml}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml, ../o]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: side}]}}}
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    note: x
  labels:
    "n": "5"
  name: conf
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: side
"#,
    },
    Case {
        name: "schemas_of_a_base_after_a_kind_that_needs_them",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, image: a}]}}}
---
apiVersion: x/v1
kind: Y
metadata: {name: y}
",
            ),
            (
                "o/k.yaml",
                r#"{"definitions": {"x": {"type": "object", "x-kubernetes-group-version-kind": [{"group": "x", "version": "v1", "kind": "X"}]}}}
"#,
            ),
            (
                "o/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "o/kustomization.yaml",
                "resources: [c.yaml]
openapi: {path: k.yaml}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml, ../o]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: side}]}}}
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    note: x
  labels:
    "n": "5"
  name: conf
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: side
      - image: a
        name: c
---
apiVersion: x/v1
kind: "Y"
metadata:
  name: "y"
"#,
    },
    Case {
        name: "a_selector_of_numbers",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [c.yaml]
patches:
- target: {kind: ConfigMap, labelSelector: 'n > 4'}
  patch: '[{"op": "add", "path": "/x", "value": 1}]'
"#,
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    note: x
  labels:
    "n": "5"
  name: conf
x: 1
"#,
    },
    Case {
        name: "a_selector_with_values_left_out",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [c.yaml]
patches:
- target: {kind: ConfigMap, labelSelector: 'n in (,5)'}
  patch: '[{"op": "add", "path": "/x", "value": 1}]'
"#,
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    note: x
  labels:
    "n": "5"
  name: conf
x: 1
"#,
    },
    Case {
        name: "a_selector_of_a_label_called_in",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [c.yaml]
patches:
- target: {kind: ConfigMap, labelSelector: '!in'}
  patch: '[{"op": "add", "path": "/x", "value": 1}]'
"#,
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    note: x
  labels:
    "n": "5"
  name: conf
x: 1
"#,
    },
    Case {
        name: "a_selector_that_cannot_be_read_and_is_not_asked",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [c.yaml]
patches:
- target: {kind: Nothing, labelSelector: a b}
  patch: '[{"op": "add", "path": "/x", "value": 1}]'
"#,
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    note: x
  labels:
    "n": "5"
  name: conf
"#,
    },
    Case {
        name: "nothing_between_brackets",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
spec: {empty: , n: null}
block:
  empty:
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
block:
  empty: null
kind: ConfigMap
metadata:
  name: conf
spec:
  empty: ""
  "n": null
"#,
    },
    Case {
        name: "a_mark_of_the_order_of_bytes",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {a: "\uFEFFa b\n", b: "a \uFEFF"}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
data:
  a: "\uFEFF\x61\x20\x62\n"
  b: "a \uFEFF"
kind: ConfigMap
metadata:
  name: conf
"#,
    },
    Case {
        name: "a_variable_that_is_a_number",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
x: {a: 1.10, b: 1000000.0, c: 0777}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, args: ["<$(A)>", "<$(B)>", "<$(C)>"]}]}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
vars:
- {name: A, objref: {kind: ConfigMap, name: conf, apiVersion: v1}, fieldref: {fieldpath: x.a}}
- {name: B, objref: {kind: ConfigMap, name: conf, apiVersion: v1}, fieldref: {fieldpath: x.b}}
- {name: C, objref: {kind: ConfigMap, name: conf, apiVersion: v1}, fieldref: {fieldpath: x.c}}
",
            ),
        ],
        root: "b",
        want: "apiVersion: v1
kind: ConfigMap
metadata:
  name: conf
x:
  a: 1.1
  b: 1000000
  c: 511
---
apiVersion: v1
kind: Pod
metadata:
  name: p
spec:
  containers:
  - args:
    - <1.1>
    - <1e+06>
    - <777>
    name: c
",
    },
    Case {
        name: "objects_that_a_patch_takes_away_get_no_notes",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: more, annotations: {note: y}, labels: {n: "5"}}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
buildMetadata: [managedByLabel]
patches:
- target: {name: conf}
  patch: |-
    apiVersion: v1
    kind: Any
    metadata: {name: any}
    $patch: delete
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    note: "y"
  labels:
    app.kubernetes.io/managed-by: kustomize-v5.8.2
    "n": "5"
  name: more
"#,
    },
    Case {
        name: "a_date_in_a_patch_with_options",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [c.yaml]
patches:
- patch: |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: conf, annotations: {when: 2024-01-01}}
  options: {allowNameChange: true}
- target: {kind: ConfigMap}
  patch: '[{"op": "add", "path": "/x", "value": 1}]'
"#,
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    note: x
    when: "2024-01-01"
  labels:
    "n": "5"
  name: conf
x: 1
"#,
    },
    Case {
        name: "a_transformer_of_a_folder_in_notes",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "t/t.yaml",
                "apiVersion: builtin
kind: PrefixTransformer
metadata: {name: t}
prefix: p-
fieldSpecs: [{path: metadata/name}]
",
            ),
            (
                "t/kustomization.yaml",
                "resources: [t.yaml]
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
buildMetadata: [transformerAnnotations]
transformers: [../t]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    alpha.config.kubernetes.io/transformations: |
      - configuredIn: ../t/t.yaml
        configuredBy:
          apiVersion: builtin
          kind: PrefixTransformer
          name: t
    note: x
  labels:
    "n": "5"
  name: p-conf
"#,
    },
    Case {
        name: "a_table_that_stands_before_the_carried_one",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, image: x}]}}}
",
            ),
            (
                "b/t.yaml",
                "commonLabels:
- {path: spec/template/metadata/labels, kind: Deployment, group: extensions, create: true}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
configurations: [t.yaml]
commonLabels: {l: x}
",
            ),
        ],
        root: "b",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    l: x
  name: web
spec:
  selector:
    matchLabels:
      l: x
  template:
    spec:
      containers:
      - image: x
        name: c
",
    },
    Case {
        name: "a_number_in_an_image_that_was_set",
        files: &[
            (
                "b/r.yaml",
                "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, labels: {a: b}}
spec:
  n: 53
  list: [{image: x}]
  template: {metadata: {labels: {a: b}}}
  containers:
  - image: nginx:1
  - image: 'nginx:1'
  - image: other
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [r.yaml]
images: [{name: nginx, newTag: x}]
replacements:
- source: {kind: Rollout, fieldPath: spec.n}
  targets: [{select: {kind: Rollout}, fieldPaths: [spec.containers.*.image]}]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  labels:
    a: b
  name: web
spec:
  containers:
  - image: 53
  - image: "53"
  - image: "53"
  list:
  - image: x
  "n": 53
  template:
    metadata:
      labels:
        a: b
"#,
    },
    Case {
        name: "a_source_whose_name_is_replaced",
        files: &[
            (
                "b/r.yaml",
                "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, labels: {a: b}}
spec:
  n: 53
  list: [{image: x}]
  template: {metadata: {labels: {a: b}}}
  containers:
  - image: nginx:1
  - image: 'nginx:1'
  - image: other
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [r.yaml]
replacements:
- source: {kind: Rollout, name: web, fieldPath: metadata.labels.a}
  targets: [{select: {kind: Rollout}, fieldPaths: [metadata.name, spec.containers.0.image]}]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  labels:
    a: b
  name: b
spec:
  containers:
  - image: b
  - image: nginx:1
  - image: other
  list:
  - image: x
  "n": 53
  template:
    metadata:
      labels:
        a: b
"#,
    },
    Case {
        name: "a_mapping_in_itself",
        files: &[
            (
                "b/r.yaml",
                "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, labels: {a: b}}
spec:
  n: 53
  list: [{image: x}]
  template: {metadata: {labels: {a: b}}}
  containers:
  - image: nginx:1
  - image: 'nginx:1'
  - image: other
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [r.yaml]
replacements:
- source: {kind: Rollout, name: web, fieldPath: metadata.labels}
  targets: [{select: {kind: Rollout}, fieldPaths: [metadata.labels.made], options: {create: true}}]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  labels:
    a: b
    made:
      a: b
      made: {}
  name: web
spec:
  containers:
  - image: nginx:1
  - image: nginx:1
  - image: other
  list:
  - image: x
  "n": 53
  template:
    metadata:
      labels:
        a: b
"#,
    },
    Case {
        name: "a_value_of_another_type_within_a_text",
        files: &[
            ("b/c.yaml", "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  app.yaml: |
    port: 80
    host: a
"),
            ("b/kustomization.yaml", "resources: [c.yaml]
replacements:
- sourceValue: web
  targets: [{select: {kind: ConfigMap}, fieldPaths: ['data.[app.yaml].port']}]
"),
        ],
        root: "b",
        want: "apiVersion: v1
data:
  app.yaml: |-
    port: !!int web
    host: a
kind: ConfigMap
metadata:
  name: conf
",
    },
    Case {
        name: "a_hash_of_data_that_is_no_text",
        files: &[
            (
                "b/r.yaml",
                "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, labels: {a: b}}
spec:
  n: 53
  list: [{image: x}]
  template: {metadata: {labels: {a: b}}}
  containers:
  - image: nginx:1
  - image: 'nginx:1'
  - image: other
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [r.yaml]
configMapGenerator: [{name: c, literals: [a=b]}]
replacements:
- source: {kind: Rollout, name: web, fieldPath: metadata.labels}
  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.more], options: {create: true}}]
",
            ),
        ],
        root: "b",
        want: r#"apiVersion: v1
data:
  a: b
  more:
    a: b
kind: ConfigMap
metadata:
  name: c-cf96577h4t
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  labels:
    a: b
  name: web
spec:
  containers:
  - image: nginx:1
  - image: nginx:1
  - image: other
  list:
  - image: x
  "n": 53
  template:
    metadata:
      labels:
        a: b
"#,
    },
    Case {
        name: "of_a_key_that_stands_twice_in_a_kustomization_the_last_counts",
        files: &[
            (
                "kustomization.yaml",
                r#"resources: [gone.yaml]
namePrefix: old-
commonLabels: {tier: one, tier: two}
resources: [c.yaml]
namePrefix: new-
patches:
- target: {kind: ConfigMap}
  patch: |-
    - {op: add, path: /data/from, path: /data/to, value: {a: x, a: "y"}}
"#,
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {}
",
            ),
        ],
        root: "",
        want: r#"apiVersion: v1
data:
  to:
    a: "y"
kind: ConfigMap
metadata:
  labels:
    tier: two
  name: new-conf
"#,
    },
    Case {
        name: "names_of_fields_are_read_in_any_case",
        files: &[
            (
                "kustomization.yaml",
                r#"Resources: [p.yaml]
nameprefix: x-
configmapGenerator: [{Name: conf, literals: [a=b]}]
Images: [{NAME: nginx, newtag: "2"}]
configurations: [t.yaml]
replacements: [{path: r.yaml}]
"#,
            ),
            (
                "p.yaml",
                "apiVersion: v1
kind: Pod
metadata: {name: web, labels: {to: a}}
spec: {hostname: web, containers: [{name: web, image: nginx}]}
",
            ),
            (
                "t.yaml",
                "nameprefix:
- {Path: spec/hostname, kind: Pod}
",
            ),
            (
                "r.yaml",
                "- Source: {kind: Pod, fieldpath: spec.hostname}
  unknown: field
  targets:
  - {select: {kind: Pod}, fieldpaths: [metadata.labels.to]}
",
            ),
        ],
        root: "",
        want: "apiVersion: v1
data:
  a: b
kind: ConfigMap
metadata:
  name: x-conf-4h2mbtbbt6
---
apiVersion: v1
kind: Pod
metadata:
  labels:
    to: x-web
  name: x-web
spec:
  containers:
  - image: nginx:2
    name: web
  hostname: x-web
",
    },
    Case {
        name: "a_merge_takes_the_first_of_a_key_that_stands_twice",
        files: &[
            (
                "kustomization.yaml",
                "resources: [d.yaml]
patches:
- path: p.yaml
",
            ),
            (
                "p.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  replicas: 4
  paused: true
  paused: false
",
            ),
            (
                "d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 1}
",
            ),
        ],
        root: "",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  paused: true
  replicas: 3
",
    },
    Case {
        name: "the_first_document_of_what_is_no_object_counts",
        files: &[
            (
                "kustomization.yaml",
                "# mine
---
resources: [c.yaml]
configurations: [t.yaml]
replacements: [{path: r.yaml}]
namePrefix: x-
---
nobody: 'reads this
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {a: one, b: two, c: three}
",
            ),
            (
                "t.yaml",
                "namePrefix:
- path: data/a
---
namePrefix:
- path: data/b
",
            ),
            (
                "r.yaml",
                "source: {kind: ConfigMap, fieldPath: data.a}
targets:
- {select: {kind: ConfigMap}, fieldPaths: [data.c]}
---
source: {kind: ConfigMap, fieldPath: data.a}
targets:
- {select: {kind: ConfigMap}, fieldPaths: [data.b]}
",
            ),
        ],
        root: "",
        want: "apiVersion: v1
data:
  a: x-one
  b: two
  c: x-one
kind: ConfigMap
metadata:
  name: x-conf
",
    },
    Case {
        name: "numbers_are_written_as_go_writes_them",
        files: &[
            (
                "kustomization.yaml",
                "resources: [o.yaml]
",
            ),
            (
                "o.yaml",
                "apiVersion: example.com/v1
kind: Thing
metadata: {name: it}
spec:
- 123456.5
- 1234567.5
- 0.0001234
- 0.00001234
- 0.0000001234
- 1000000.0
- 1e20
- 2e19
- 18446744073709551615
- 18446744073709551616
- 9007199254740993
",
            ),
        ],
        root: "",
        want: "apiVersion: example.com/v1
kind: Thing
metadata:
  name: it
spec:
- 123456.5
- 1.2345675e+06
- 0.0001234
- 1.234e-05
- 1.234e-07
- 1000000
- 1e+20
- 2e+19
- 18446744073709551615
- 1.8446744073709552e+19
- 9007199254740993
",
    },
    Case {
        name: "numbers_of_what_a_json_patch_changes_lose_their_last_digits",
        files: &[
            (
                "kustomization.yaml",
                "resources: [o.yaml]
patches:
- target: {kind: Thing}
  patch: |-
    - op: add
      path: /metadata/annotations
      value: {a: 1000000, b: 999999, c: 1.0, d: 1234567.5, e: 9007199254740993}
    - {op: add, path: /spec/more, value: 9007199254740993}
",
            ),
            (
                "o.yaml",
                "apiVersion: example.com/v1
kind: Thing
metadata: {name: it}
spec: {id: 9007199254740993, most: 18446744073709551615, user: 1000740000, share: 1234567.5}
",
            ),
        ],
        root: "",
        want: r#"apiVersion: example.com/v1
kind: Thing
metadata:
  annotations:
    a: "1e+06"
    b: "999999"
    c: "1"
    d: "1.2345675e+06"
    e: "9.007199254740992e+15"
  name: it
spec:
  id: 9007199254740992
  more: 9007199254740992
  most: 1.8446744073709552e+19
  share: 1.2345675e+06
  user: 1000740000
"#,
    },
    Case {
        name: "what_is_merged_takes_the_quotes_of_what_was_there",
        files: &[
            (
                "kustomization.yaml",
                r#"resources: [o.yaml]
configMapGenerator:
- {name: made, literals: [port=80, name=web]}
patches:
- patch: |-
    apiVersion: example.com/v1
    kind: Thing
    metadata: {name: it}
    spec:
      quoted: 80
      single: 1e3
      block: true
      plain: 80
      bare: 80
      number: "80"
      tagged: 81
      new: 80
- target: {kind: Thing}
  patch: |-
    - {op: add, path: /spec/added, value: "yes"}
- patch: |-
    apiVersion: example.com/v1
    kind: Thing
    metadata: {name: it}
    spec: {added: 1, word: 2}
- patch: |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: made}
    data: {port: 81, name: 82}
"#,
            ),
            (
                "o.yaml",
                r#"apiVersion: example.com/v1
kind: Thing
metadata: {name: it}
spec:
  quoted: "http"
  single: 'http'
  block: |-
    http
  plain: http
  bare:
  number: 8080
  tagged: !!int "80"
  word: "needs none"
"#,
            ),
        ],
        root: "",
        want: r#"apiVersion: v1
data:
  name: 82
  port: "81"
kind: ConfigMap
metadata:
  name: made-8dhc667g99
---
apiVersion: example.com/v1
kind: Thing
metadata:
  name: it
spec:
  added: "1"
  bare: 80
  block: "true"
  new: 80
  number: "80"
  plain: 80
  quoted: "80"
  single: "1e3"
  tagged: 81
  word: 2
"#,
    },
    Case {
        name: "folded_text_is_read_again_where_it_is_folded_in_the_end",
        files: &[
            (
                "kustomization.yaml",
                "resources: [o.yaml]
patches:
- patch: |-
    apiVersion: example.com/v1
    kind: Thing
    metadata: {name: it}
    spec:
      literal: >-
        one

          two
        three
      folded: |-
        one
          two
        three
- patch: |-
    apiVersion: example.com/v1
    kind: Thing
    metadata: {name: it}
    spec:
      new: >-
        one

          two
        three
",
            ),
            (
                "o.yaml",
                "apiVersion: example.com/v1
kind: Thing
metadata: {name: it}
spec:
  literal: |-
    none
  folded: >-
    none
",
            ),
        ],
        root: "",
        want: "apiVersion: example.com/v1
kind: Thing
metadata:
  name: it
spec:
  folded: |-
    one

      two
    three
  literal: |-
    one

      two
    three
  new: |-
    one


      two
    three
",
    },
    Case {
        name: "blanks_around_the_text_of_a_patch_are_taken_off",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
patches:
- patch: |

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: conf}
    data:
      merged: |
        one
        two
- target: {kind: ConfigMap}
  patch: |
    - op: add
      path: /data/added
      value: |
        one
        two
- path: p.yaml
patchesJson6902:
- target: {version: v1, kind: ConfigMap, name: conf}
  patch: |
    - op: add
      path: /data/kept
      value: |
        one
        two
",
            ),
            (
                "p.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  file: |
    one
    two
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {}
",
            ),
        ],
        root: "",
        want: "apiVersion: v1
data:
  added: |-
    one
    two
  file: |
    one
    two
  kept: |
    one
    two
  merged: |-
    one
    two
kind: ConfigMap
metadata:
  name: conf
",
    },
    Case {
        name: "a_copy_of_a_key_that_is_not_there_is_null",
        files: &[
            (
                "kustomization.yaml",
                r#"resources: [o.yaml]
patches:
- target: {kind: Thing}
  patch: |-
    [{"op": "copy", "from": "/spec/none", "path": "/spec/new"}, {"op": "add", "path": "/spec/link", "value": "a\/b"}]
"#,
            ),
            (
                "o.yaml",
                "apiVersion: example.com/v1
kind: Thing
metadata: {name: it}
spec: {}
",
            ),
        ],
        root: "",
        want: "apiVersion: example.com/v1
kind: Thing
metadata:
  name: it
spec:
  link: a/b
  new: null
",
    },
    Case {
        name: "a_brace_that_begins_no_count_is_a_brace",
        files: &[
            (
                "kustomization.yaml",
                r#"resources: [c.yaml]
patches:
- target: {kind: ConfigMap, name: "${NAME}"}
  patch: '[{"op": "remove", "path": "/data"}]'
- target: {kind: "C{1}onfig[M{]ap", name: "\\x{63}onf.{1,}"}
  patch: '[{"op": "add", "path": "/data/new", "value": "1"}]'
images: [{name: "${REGISTRY}/web", newTag: "2"}]
"#,
            ),
            (
                "c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: "conf-${NAME}"}
data: {a: b}
"#,
            ),
        ],
        root: "",
        want: r#"apiVersion: v1
data:
  a: b
  new: "1"
kind: ConfigMap
metadata:
  name: conf-${NAME}
"#,
    },
    Case {
        name: "a_generator_that_is_an_object_has_no_env",
        files: &[
            (
                "kustomization.yaml",
                "generators: [g.yaml]
configMapGenerator: [{name: own, env: e.env}]
",
            ),
            (
                "g.yaml",
                "apiVersion: builtin
kind: ConfigMapGenerator
metadata: {name: other}
env: e.env
literals: [b=c]
",
            ),
            (
                "e.env",
                "a=b
",
            ),
        ],
        root: "",
        want: "apiVersion: v1
data:
  b: c
kind: ConfigMap
metadata:
  name: other-c78c7b75hm
---
apiVersion: v1
data:
  a: b
kind: ConfigMap
metadata:
  name: own-4h2mbtbbt6
",
    },
    Case {
        name: "a_second_value_in_a_document_is_not_read",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.json]
",
            ),
            (
                "c.json",
                r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "two"}}
"#,
            ),
        ],
        root: "",
        want: "apiVersion: v1
kind: ConfigMap
metadata:
  name: one
",
    },
    Case {
        name: "a_patch_that_takes_metadata_away_leaves_the_name",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
patches:
- path: p.yaml
",
            ),
            (
                "p.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: shop, $patch: delete}
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: shop, labels: {a: b}}
",
            ),
        ],
        root: "",
        want: "apiVersion: v1
kind: ConfigMap
metadata:
  name: conf
  namespace: shop
",
    },
    Case {
        name: "a_null_name_in_a_reference_is_a_name",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
namePrefix: x-
",
            ),
            (
                "c.yaml",
                "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}
subjects:
- {kind: ServiceAccount, name: null}
- {kind: ServiceAccount, name: web, namespace: null}
",
            ),
        ],
        root: "",
        want: "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: x-all
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: all
subjects:
- kind: ServiceAccount
  name: null
- kind: ServiceAccount
  name: web
  namespace: null
",
    },
    Case {
        name: "numbers_in_data_are_hashed_as_numbers",
        files: &[
            (
                "kustomization.yaml",
                "secretGenerator: [{name: secret, literals: [a=b]}]
configMapGenerator: [{name: conf, literals: [a=b]}]
patches:
- patch: |-
    apiVersion: v1
    kind: Secret
    metadata: {name: secret}
    data: {n: 12, t: true, f: 1.50}
- patch: |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: conf}
    data: {n: 9007199254740993}
",
            ),
        ],
        root: "",
        want: r#"apiVersion: v1
data:
  a: b
  "n": 9007199254740993
kind: ConfigMap
metadata:
  name: conf-dcg2d6d6gk
---
apiVersion: v1
data:
  a: Yg==
  f: 1.5
  "n": 12
  t: true
kind: Secret
metadata:
  name: secret-ftt9h6c4k9
type: Opaque
"#,
    },
    Case {
        name: "a_name_that_is_a_number_is_one_where_it_replaces_a_plain_name",
        files: &[
            (
                "kustomization.yaml",
                r#"resources: [a.yaml]
patches:
- target: {kind: ConfigMap}
  patch: |-
    - {op: replace, path: /metadata/name, value: "80"}
"#,
            ),
            (
                "a.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  volumes:
  - name: plain
    configMap: {name: conf}
  - name: quoted
    configMap: {name: "conf"}
  containers:
  - name: web
    envFrom:
    - configMapRef:
        name: conf
"#,
            ),
        ],
        root: "",
        want: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: "80"
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - envFrom:
    - configMapRef:
        name: 80
    name: web
  volumes:
  - configMap:
      name: 80
    name: plain
  - configMap:
      name: "80"
    name: quoted
"#,
    },
    Case {
        name: "an_empty_text_is_a_value_for_a_replacement",
        files: &[
            (
                "kustomization.yaml",
                r#"resources: [o.yaml]
replacements:
- source: {kind: Thing, fieldPath: spec.none}
  targets: [{select: {kind: Thing}, fieldPaths: [spec.some]}]
- sourceValue: ""
  targets: [{select: {kind: Thing}, fieldPaths: [spec.more]}]
"#,
            ),
            (
                "o.yaml",
                r#"apiVersion: example.com/v1
kind: Thing
metadata: {name: it}
spec: {none: "", some: a, more: b}
"#,
            ),
        ],
        root: "",
        want: r#"apiVersion: example.com/v1
kind: Thing
metadata:
  name: it
spec:
  more: ""
  none: ""
  some: ""
"#,
    },
    Case {
        name: "of_a_text_in_two_spellings_of_its_name_the_last_by_letters_counts",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
nameprefix: a-
namePrefix: b-
NamePrefix: c-
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
        ],
        root: "",
        want: "apiVersion: v1
kind: ConfigMap
metadata:
  name: a-conf
",
    },
    Case {
        name: "annotations_are_not_folded",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata:
  name: conf
  annotations:
    note: >-
      one

        two
      three
data:
  note: >-
    one

      two
    three
",
            ),
        ],
        root: "",
        want: "apiVersion: v1
data:
  note: |-
    one


      two
    three
kind: ConfigMap
metadata:
  annotations:
    note: |-
      one

        two
      three
  name: conf
",
    },
    Case {
        name: "what_a_replacement_made_has_no_type_for_the_next_one",
        files: &[
            (
                "kustomization.yaml",
                r#"resources: [o.yaml]
replacements:
- source: {kind: Thing, fieldPath: spec.image, options: {delimiter: ":", index: 1}}
  targets: [{select: {kind: Thing}, fieldPaths: [spec.made], options: {create: true}}]
- source: {kind: Thing, fieldPath: spec.port}
  targets: [{select: {kind: Thing}, fieldPaths: [spec.made], options: {delimiter: ":", index: 1}}]
"#,
            ),
            (
                "o.yaml",
                "apiVersion: example.com/v1
kind: Thing
metadata: {name: it}
spec:
  image: nginx:1.25
  port: 80
",
            ),
        ],
        root: "",
        want: "apiVersion: example.com/v1
kind: Thing
metadata:
  name: it
spec:
  image: nginx:1.25
  made: 1.25:80
  port: 80
",
    },
    Case {
        name: "a_key_that_stands_twice_in_what_is_taken_away_later",
        files: &[
            (
                "c.yaml",
                "apiVersion: v1
kind: Form
metadata: {name: form}
",
            ),
            (
                "kustomization.yaml",
                "resources: [c.yaml]
patchesStrategicMerge:
- |-
  apiVersion: v1
  kind: Form
  metadata: {name: form}
  spec: {a: {b: 1, b: 2}}
patches:
- target: {kind: Form}
  patch: |-
    apiVersion: v1
    kind: Form
    metadata: {name: form}
    spec: null
",
            ),
        ],
        root: "",
        want: "apiVersion: v1
kind: Form
metadata:
  name: form
",
    },
    Case {
        name: "annotations_of_what_is_generated_without_a_hash",
        files: &[
            (
                "kustomization.yaml",
                "configMapGenerator:
- name: made
  literals: [a=b]
  options: {disableNameSuffixHash: true}
patchesJson6902:
- target: {version: v1, kind: ConfigMap, name: made}
  patch: |-
    - {op: add, path: /metadata/annotations/a, value: b}
",
            ),
        ],
        root: "",
        want: "apiVersion: v1
data:
  a: b
kind: ConfigMap
metadata:
  annotations:
    a: b
  name: made
",
    },
    Case {
        name: "a_comma_in_all_parts_of_what_an_object_goes_by",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: X,Y
metadata: {name: "a,b", namespace: "n,m"}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
nameSuffix: -z
",
            ),
            (
                "o/kustomization.yaml",
                r#"resources: [../b]
patches:
- target: {kind: X}
  patch: |-
    - {op: add, path: /a, value: b}
- target: {name: a}
  patch: |-
    - {op: add, path: /b, value: b}
- target: {name: "a,b-z"}
  patch: |-
    - {op: add, path: /c, value: b}
"#,
            ),
        ],
        root: "o",
        want: "apiVersion: v1
b: b
c: b
kind: X,Y
metadata:
  name: a,b-z
  namespace: n,m
",
    },
    Case {
        name: "a_merge_takes_the_namespace_of_what_is_there",
        files: &[
            (
                "b/kustomization.yaml",
                "secretGenerator:
- {name: made, literals: [a=b]}
",
            ),
            (
                "o/kustomization.yaml",
                "resources: [../b]
secretGenerator:
- {name: made, behavior: merge, namespace: default, literals: [c=d]}
",
            ),
        ],
        root: "o",
        want: "apiVersion: v1
data:
  a: Yg==
  c: ZA==
kind: Secret
metadata:
  name: made-t2c9d6t2h7
type: Opaque
",
    },
    Case {
        name: "a_number_in_place_of_a_name_with_a_prefix",
        files: &[
            (
                "d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 2}
",
            ),
            (
                "kustomization.yaml",
                "resources: [d.yaml]
namePrefix: a-
replacements:
- source: {kind: Deployment, name: web, fieldPath: spec.replicas}
  targets:
  - select: {kind: Deployment}
    fieldPaths: [metadata.name]
",
            ),
        ],
        root: "",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  name: 2
spec:
  replicas: 2
",
    },
    Case {
        name: "a_field_keeps_its_type_until_a_value_fits",
        files: &[
            (
                "d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 2}
",
            ),
            (
                "kustomization.yaml",
                r#"resources: [d.yaml]
replacements:
- sourceValue: web
  targets:
  - select: {kind: Deployment}
    fieldPaths: [spec.replicas]
- sourceValue: "3"
  targets:
  - select: {kind: Deployment}
    fieldPaths: [spec.replicas]
"#,
            ),
        ],
        root: "",
        want: "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
",
    },
    Case {
        name: "a_schema_that_leads_to_a_carried_one",
        files: &[
            (
                "base/app.yaml",
                "apiVersion: example.com/v1
kind: App
metadata: {name: app}
spec:
  template:
    spec:
      containers:
      - {name: web, image: web}
      - {name: side, image: side}
",
            ),
            (
                "base/kustomization.yaml",
                "resources: [app.yaml]
",
            ),
            (
                "part/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
openapi: {path: s.json}
",
            ),
            (
                "part/s.json",
                r##"{"definitions": {"example.App": {
  "properties": {
    "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
    "spec": {"type": "object", "properties": {"template": {"$ref": "#/definitions/io.k8s.api.core.v1.PodTemplateSpec"}}}
  },
  "x-kubernetes-group-version-kind": [{"group": "example.com", "kind": "App", "version": "v1"}]
}}}
"##,
            ),
            (
                "top/kustomization.yaml",
                "resources: [../base]
components: [../part]
patches:
- patch: |-
    apiVersion: example.com/v1
    kind: App
    metadata: {name: app}
    spec: {template: {spec: {containers: [{name: web, image: other}]}}}
",
            ),
        ],
        root: "top",
        want: "apiVersion: example.com/v1
kind: App
metadata:
  name: app
spec:
  template:
    spec:
      containers:
      - image: other
        name: web
      - image: side
        name: side
",
    },
    Case {
        name: "a_schema_that_leads_to_a_carried_one_that_nobody_read",
        files: &[
            (
                "base/app.yaml",
                "apiVersion: example.com/v1
kind: App
metadata: {name: app}
spec:
  template:
    spec:
      containers:
      - {name: web, image: web}
      - {name: side, image: side}
",
            ),
            (
                "base/kustomization.yaml",
                "resources: [app.yaml]
",
            ),
            (
                "top/kustomization.yaml",
                "resources: [../base]
openapi: {path: s.json}
patches:
- patch: |-
    apiVersion: example.com/v1
    kind: App
    metadata: {name: app}
    spec: {template: {spec: {containers: [{name: web, image: other}]}}}
",
            ),
            (
                "top/s.json",
                r##"{"definitions": {"example.App": {
  "properties": {
    "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
    "spec": {"type": "object", "properties": {"template": {"$ref": "#/definitions/io.k8s.api.core.v1.PodTemplateSpec"}}}
  },
  "x-kubernetes-group-version-kind": [{"group": "example.com", "kind": "App", "version": "v1"}]
}}}
"##,
            ),
        ],
        root: "top",
        want: "apiVersion: example.com/v1
kind: App
metadata:
  name: app
spec:
  template:
    spec:
      containers:
      - image: other
        name: web
",
    },
    Case {
        name: "fields_of_text_in_several_styles",
        files: &[
            (
                "c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  styles: |
    plain: a
    single: 'it''s'
    list:
      - "one"
      - double: "a\tb"
    flow: {a: b, url: "http://h:1", c: [1, 'two']}
    port: 80
    text: "80"
    script: |
      set -e

      run it
    "q k": no
  remarks: |
    # where it is
    db:
      # as the server has it
      port: 80 # not 443
      hosts:
      # the first
      - "a" # here
      - b
    url: http://host/x # by name
"#,
            ),
            (
                "kustomization.yaml",
                r#"resources: [c.yaml]
replacements:
- sourceValue: "x: y"
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: [data.styles.plain, data.styles.single, data.styles.list.1.double, data.styles.flow.a]
- sourceValue: "81"
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: [data.styles.port, data.styles.text, data.remarks.db.port]
- sourceValue: db
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: [data.remarks.url]
    options: {delimiter: "/", index: 2}
"#,
            ),
        ],
        root: "",
        want: r#"apiVersion: v1
data:
  remarks: |-
    # where it is
    db:
      # as the server has it
      port: 81 # not 443
      hosts:
      # the first
      - "a" # here
      - b
    url: http://db/x # by name
  styles: |-
    plain: 'x: y'
    single: 'x: y'
    list:
    - "one"
    - double: "x: y"
    flow: {a: 'x: y', url: "http://h:1", c: [1, 'two']}
    port: 81
    text: "81"
    script: |
      set -e

      run it
    "q k": no
kind: ConfigMap
metadata:
  name: conf
"#,
    },
    Case {
        name: "nothing_in_place_of_nothing",
        files: &[
            (
                "c.yaml",
                "apiVersion: v1
kind: Form
metadata: {name: c}
spec: {a: null, b: ~, c: , d: 1}
",
            ),
            (
                "kustomization.yaml",
                r#"resources: [c.yaml]
replacements:
- sourceValue: ""
  targets:
  - select: {kind: Form}
    fieldPaths: [spec.a, spec.b, spec.c]
"#,
            ),
        ],
        root: "",
        want: r#"apiVersion: v1
kind: Form
metadata:
  name: c
spec:
  a: ""
  b: ""
  c: ""
  d: 1
"#,
    },
    Case {
        name: "null_in_place_of_null",
        files: &[
            (
                "c.yaml",
                "apiVersion: v1
kind: Form
metadata: {name: c}
spec: {a: null, b: ~, c: null, d: 1}
",
            ),
            (
                "kustomization.yaml",
                r#"resources: [c.yaml]
replacements:
- sourceValue: ""
  targets: [{select: {kind: Form}, fieldPaths: [spec.a]}]
- sourceValue: "~"
  targets: [{select: {kind: Form}, fieldPaths: [spec.b]}]
- sourceValue: x
  targets: [{select: {kind: Form}, fieldPaths: [spec.c]}]
- sourceValue: "null"
  targets: [{select: {kind: Form}, fieldPaths: [spec.c]}]
"#,
            ),
        ],
        root: "",
        want: r#"apiVersion: v1
kind: Form
metadata:
  name: c
spec:
  a: ""
  b: null
  c: null
  d: 1
"#,
    },
    Case {
        name: "a_patch_of_what_has_no_version",
        files: &[
            (
                ".git/HEAD",
                "ref: refs/heads/master
",
            ),
            (
                ".git/config",
                "[core]
	repositoryformatversion = 0
	filemode = true
	bare = false
	logallrefupdates = true
",
            ),
            (
                ".git/description",
                "Unnamed repository; edit this file 'description' to name the repository.
",
            ),
            (
                ".git/hooks/applypatch-msg.sample",
                r#"#!/bin/sh
#
# An example hook script to check the commit log message taken by
# applypatch from an e-mail message.
#
# The hook should exit with non-zero status after issuing an
# appropriate message if it wants to stop the commit.  The hook is
# allowed to edit the commit message file.
#
# To enable this hook, rename this file to "applypatch-msg".

. git-sh-setup
commitmsg="$(git rev-parse --git-path hooks/commit-msg)"
test -x "$commitmsg" && exec "$commitmsg" ${1+"$@"}
:
"#,
            ),
            (
                ".git/hooks/commit-msg.sample",
                r#"#!/bin/sh
#
# An example hook script to check the commit log message.
# Called by "git commit" with one argument, the name of the file
# that has the commit message.  The hook should exit with non-zero
# status after issuing an appropriate message if it wants to stop the
# commit.  The hook is allowed to edit the commit message file.
#
# To enable this hook, rename this file to "commit-msg".

# Uncomment the below to add a Signed-off-by line to the message.
# Doing this in a hook is a bad idea in general, but the prepare-commit-msg
# hook is more suited to it.
#
# SOB=$(git var GIT_AUTHOR_IDENT | sed -n 's/^\(.*>\).*$/Signed-off-by: \1/p')
# grep -qs "^$SOB" "$1" || echo "$SOB" >> "$1"

# This example catches duplicate Signed-off-by lines.

test "" = "$(grep '^Signed-off-by: ' "$1" |
	 sort | uniq -c | sed -e '/^[ 	]*1[ 	]/d')" || {
	echo >&2 Duplicate Signed-off-by lines.
	exit 1
}
"#,
            ),
            (
                ".git/hooks/fsmonitor-watchman.sample",
                r#"#!/usr/bin/perl

use strict;
use warnings;
use IPC::Open2;

# An example hook script to integrate Watchman
# (https://facebook.github.io/watchman/) with git to speed up detecting
# new and modified files.
#
# The hook is passed a version (currently 2) and last update token
# formatted as a string and outputs to stdout a new update token and
# all files that have been modified since the update token. Paths must
# be relative to the root of the working tree and separated by a single NUL.
#
# To enable this hook, rename this file to "query-watchman" and set
# 'git config core.fsmonitor .git/hooks/query-watchman'
#
my ($version, $last_update_token) = @ARGV;

# Uncomment for debugging
# print STDERR "$0 $version $last_update_token\n";

# Check the hook interface version
if ($version ne 2) {
	die "Unsupported query-fsmonitor hook version '$version'.\n" .
	    "Falling back to scanning...\n";
}

my $git_work_tree = get_working_dir();

my $retry = 1;

my $json_pkg;
eval {
	require JSON::XS;
	$json_pkg = "JSON::XS";
	1;
} or do {
	require JSON::PP;
	$json_pkg = "JSON::PP";
};

launch_watchman();

sub launch_watchman {
	my $o = watchman_query();
	if (is_work_tree_watched($o)) {
		output_result($o->{clock}, @{$o->{files}});
	}
}

sub output_result {
	my ($clockid, @files) = @_;

	# Uncomment for debugging watchman output
	# open (my $fh, ">", ".git/watchman-output.out");
	# binmode $fh, ":utf8";
	# print $fh "$clockid\n@files\n";
	# close $fh;

	binmode STDOUT, ":utf8";
	print $clockid;
	print "\0";
	local $, = "\0";
	print @files;
}

sub watchman_clock {
	my $response = qx/watchman clock "$git_work_tree"/;
	die "Failed to get clock id on '$git_work_tree'.\n" .
		"Falling back to scanning...\n" if $? != 0;

	return $json_pkg->new->utf8->decode($response);
}

sub watchman_query {
	my $pid = open2(\*CHLD_OUT, \*CHLD_IN, 'watchman -j --no-pretty')
	or die "open2() failed: $!\n" .
	"Falling back to scanning...\n";

	# In the query expression below we're asking for names of files that
	# changed since $last_update_token but not from the .git folder.
	#
	# To accomplish this, we're using the "since" generator to use the
	# recency index to select candidate nodes and "fields" to limit the
	# output to file names only. Then we're using the "expression" term to
	# further constrain the results.
	my $last_update_line = "";
	if (substr($last_update_token, 0, 1) eq "c") {
		$last_update_token = "\"$last_update_token\"";
		$last_update_line = qq[\n"since": $last_update_token,];
	}
	my $query = <<"	END";
		["query", "$git_work_tree", {$last_update_line
			"fields": ["name"],
			"expression": ["not", ["dirname", ".git"]]
		}]
	END

	# Uncomment for debugging the watchman query
	# open (my $fh, ">", ".git/watchman-query.json");
	# print $fh $query;
	# close $fh;

	print CHLD_IN $query;
	close CHLD_IN;
	my $response = do {local $/; <CHLD_OUT>};

	# Uncomment for debugging the watch response
	# open ($fh, ">", ".git/watchman-response.json");
	# print $fh $response;
	# close $fh;

	die "Watchman: command returned no output.\n" .
	"Falling back to scanning...\n" if $response eq "";
	die "Watchman: command returned invalid output: $response\n" .
	"Falling back to scanning...\n" unless $response =~ /^\{/;

	return $json_pkg->new->utf8->decode($response);
}

sub is_work_tree_watched {
	my ($output) = @_;
	my $error = $output->{error};
	if ($retry > 0 and $error and $error =~ m/unable to resolve root .* directory (.*) is not watched/) {
		$retry--;
		my $response = qx/watchman watch "$git_work_tree"/;
		die "Failed to make watchman watch '$git_work_tree'.\n" .
		    "Falling back to scanning...\n" if $? != 0;
		$output = $json_pkg->new->utf8->decode($response);
		$error = $output->{error};
		die "Watchman: $error.\n" .
		"Falling back to scanning...\n" if $error;

		# Uncomment for debugging watchman output
		# open (my $fh, ">", ".git/watchman-output.out");
		# close $fh;

		# Watchman will always return all files on the first query so
		# return the fast "everything is dirty" flag to git and do the
		# Watchman query just to get it over with now so we won't pay
		# the cost in git to look up each individual file.
		my $o = watchman_clock();
		$error = $output->{error};

		die "Watchman: $error.\n" .
		"Falling back to scanning...\n" if $error;

		output_result($o->{clock}, ("/"));
		$last_update_token = $o->{clock};

		eval { launch_watchman() };
		return 0;
	}

	die "Watchman: $error.\n" .
	"Falling back to scanning...\n" if $error;

	return 1;
}

sub get_working_dir {
	my $working_dir;
	if ($^O =~ 'msys' || $^O =~ 'cygwin') {
		$working_dir = Win32::GetCwd();
		$working_dir =~ tr/\\/\//;
	} else {
		require Cwd;
		$working_dir = Cwd::cwd();
	}

	return $working_dir;
}
"#,
            ),
            (
                ".git/hooks/post-update.sample",
                r#"#!/bin/sh
#
# An example hook script to prepare a packed repository for use over
# dumb transports.
#
# To enable this hook, rename this file to "post-update".

exec git update-server-info
"#,
            ),
            (
                ".git/hooks/pre-applypatch.sample",
                r#"#!/bin/sh
#
# An example hook script to verify what is about to be committed
# by applypatch from an e-mail message.
#
# The hook should exit with non-zero status after issuing an
# appropriate message if it wants to stop the commit.
#
# To enable this hook, rename this file to "pre-applypatch".

. git-sh-setup
precommit="$(git rev-parse --git-path hooks/pre-commit)"
test -x "$precommit" && exec "$precommit" ${1+"$@"}
:
"#,
            ),
            (
                ".git/hooks/pre-commit.sample",
                r#"#!/bin/sh
#
# An example hook script to verify what is about to be committed.
# Called by "git commit" with no arguments.  The hook should
# exit with non-zero status after issuing an appropriate message if
# it wants to stop the commit.
#
# To enable this hook, rename this file to "pre-commit".

if git rev-parse --verify HEAD >/dev/null 2>&1
then
	against=HEAD
else
	# Initial commit: diff against an empty tree object
	against=$(git hash-object -t tree /dev/null)
fi

# If you want to allow non-ASCII filenames set this variable to true.
allownonascii=$(git config --type=bool hooks.allownonascii)

# Redirect output to stderr.
exec 1>&2

# Cross platform projects tend to avoid non-ASCII filenames; prevent
# them from being added to the repository. We exploit the fact that the
# printable range starts at the space character and ends with tilde.
if [ "$allownonascii" != "true" ] &&
	# Note that the use of brackets around a tr range is ok here, (it's
	# even required, for portability to Solaris 10's /usr/bin/tr), since
	# the square bracket bytes happen to fall in the designated range.
	test $(git diff --cached --name-only --diff-filter=A -z $against |
	  LC_ALL=C tr -d '[ -~]\0' | wc -c) != 0
then
	cat <<\EOF
Error: Attempt to add a non-ASCII file name.

This can cause problems if you want to work with people on other platforms.

To be portable it is advisable to rename the file.

If you know what you are doing you can disable this check using:

  git config hooks.allownonascii true
EOF
	exit 1
fi

# If there are whitespace errors, print the offending file names and fail.
exec git diff-index --check --cached $against --
"#,
            ),
            (
                ".git/hooks/pre-merge-commit.sample",
                r#"#!/bin/sh
#
# An example hook script to verify what is about to be committed.
# Called by "git merge" with no arguments.  The hook should
# exit with non-zero status after issuing an appropriate message to
# stderr if it wants to stop the merge commit.
#
# To enable this hook, rename this file to "pre-merge-commit".

. git-sh-setup
test -x "$GIT_DIR/hooks/pre-commit" &&
        exec "$GIT_DIR/hooks/pre-commit"
:
"#,
            ),
            (
                ".git/hooks/pre-push.sample",
                r#"#!/bin/sh

# An example hook script to verify what is about to be pushed.  Called by "git
# push" after it has checked the remote status, but before anything has been
# pushed.  If this script exits with a non-zero status nothing will be pushed.
#
# This hook is called with the following parameters:
#
# $1 -- Name of the remote to which the push is being done
# $2 -- URL to which the push is being done
#
# If pushing without using a named remote those arguments will be equal.
#
# Information about the commits which are being pushed is supplied as lines to
# the standard input in the form:
#
#   <local ref> <local oid> <remote ref> <remote oid>
#
# This sample shows how to prevent push of commits where the log message starts
# with "WIP" (work in progress).

remote="$1"
url="$2"

zero=$(git hash-object --stdin </dev/null | tr '[0-9a-f]' '0')

while read local_ref local_oid remote_ref remote_oid
do
	if test "$local_oid" = "$zero"
	then
		# Handle delete
		:
	else
		if test "$remote_oid" = "$zero"
		then
			# New branch, examine all commits
			range="$local_oid"
		else
			# Update to existing branch, examine new commits
			range="$remote_oid..$local_oid"
		fi

		# Check for WIP commit
		commit=$(git rev-list -n 1 --grep '^WIP' "$range")
		if test -n "$commit"
		then
			echo >&2 "Found WIP commit in $local_ref, not pushing"
			exit 1
		fi
	fi
done

exit 0
"#,
            ),
            (
                ".git/hooks/pre-rebase.sample",
                r#"#!/bin/sh
#
# Copyright (c) 2006, 2008 Junio C Hamano
#
# The "pre-rebase" hook is run just before "git rebase" starts doing
# its job, and can prevent the command from running by exiting with
# non-zero status.
#
# The hook is called with the following parameters:
#
# $1 -- the upstream the series was forked from.
# $2 -- the branch being rebased (or empty when rebasing the current branch).
#
# This sample shows how to prevent topic branches that are already
# merged to 'next' branch from getting rebased, because allowing it
# would result in rebasing already published history.

publish=next
basebranch="$1"
if test "$#" = 2
then
	topic="refs/heads/$2"
else
	topic=`git symbolic-ref HEAD` ||
	exit 0 ;# we do not interrupt rebasing detached HEAD
fi

case "$topic" in
refs/heads/??/*)
	;;
*)
	exit 0 ;# we do not interrupt others.
	;;
esac

# Now we are dealing with a topic branch being rebased
# on top of master.  Is it OK to rebase it?

# Does the topic really exist?
git show-ref -q "$topic" || {
	echo >&2 "No such branch $topic"
	exit 1
}

# Is topic fully merged to master?
not_in_master=`git rev-list --pretty=oneline ^master "$topic"`
if test -z "$not_in_master"
then
	echo >&2 "$topic is fully merged to master; better remove it."
	exit 1 ;# we could allow it, but there is no point.
fi

# Is topic ever merged to next?  If so you should not be rebasing it.
only_next_1=`git rev-list ^master "^$topic" ${publish} | sort`
only_next_2=`git rev-list ^master           ${publish} | sort`
if test "$only_next_1" = "$only_next_2"
then
	not_in_topic=`git rev-list "^$topic" master`
	if test -z "$not_in_topic"
	then
		echo >&2 "$topic is already up to date with master"
		exit 1 ;# we could allow it, but there is no point.
	else
		exit 0
	fi
else
	not_in_next=`git rev-list --pretty=oneline ^${publish} "$topic"`
	/usr/bin/perl -e '
		my $topic = $ARGV[0];
		my $msg = "* $topic has commits already merged to public branch:\n";
		my (%not_in_next) = map {
			/^([0-9a-f]+) /;
			($1 => 1);
		} split(/\n/, $ARGV[1]);
		for my $elem (map {
				/^([0-9a-f]+) (.*)$/;
				[$1 => $2];
			} split(/\n/, $ARGV[2])) {
			if (!exists $not_in_next{$elem->[0]}) {
				if ($msg) {
					print STDERR $msg;
					undef $msg;
				}
				print STDERR " $elem->[1]\n";
			}
		}
	' "$topic" "$not_in_next" "$not_in_master"
	exit 1
fi

<<\DOC_END

This sample hook safeguards topic branches that have been
published from being rewound.

The workflow assumed here is:

 * Once a topic branch forks from "master", "master" is never
   merged into it again (either directly or indirectly).

 * Once a topic branch is fully cooked and merged into "master",
   it is deleted.  If you need to build on top of it to correct
   earlier mistakes, a new topic branch is created by forking at
   the tip of the "master".  This is not strictly necessary, but
   it makes it easier to keep your history simple.

 * Whenever you need to test or publish your changes to topic
   branches, merge them into "next" branch.

The script, being an example, hardcodes the publish branch name
to be "next", but it is trivial to make it configurable via
$GIT_DIR/config mechanism.

With this workflow, you would want to know:

(1) ... if a topic branch has ever been merged to "next".  Young
    topic branches can have stupid mistakes you would rather
    clean up before publishing, and things that have not been
    merged into other branches can be easily rebased without
    affecting other people.  But once it is published, you would
    not want to rewind it.

(2) ... if a topic branch has been fully merged to "master".
    Then you can delete it.  More importantly, you should not
    build on top of it -- other people may already want to
    change things related to the topic as patches against your
    "master", so if you need further changes, it is better to
    fork the topic (perhaps with the same name) afresh from the
    tip of "master".

Let's look at this example:

		   o---o---o---o---o---o---o---o---o---o "next"
		  /       /           /           /
		 /   a---a---b A     /           /
		/   /               /           /
	       /   /   c---c---c---c B         /
	      /   /   /             \         /
	     /   /   /   b---b C     \       /
	    /   /   /   /             \     /
    ---o---o---o---o---o---o---o---o---o---o---o "master"


A, B and C are topic branches.

 * A has one fix since it was merged up to "next".

 * B has finished.  It has been fully merged up to "master" and "next",
   and is ready to be deleted.

 * C has not merged to "next" at all.

We would want to allow C to be rebased, refuse A, and encourage
B to be deleted.

To compute (1):

	git rev-list ^master ^topic next
	git rev-list ^master        next

	if these match, topic has not merged in next at all.

To compute (2):

	git rev-list master..topic

	if this is empty, it is fully merged to "master".

DOC_END
"#,
            ),
            (
                ".git/hooks/pre-receive.sample",
                r#"#!/bin/sh
#
# An example hook script to make use of push options.
# The example simply echoes all push options that start with 'echoback='
# and rejects all pushes when the "reject" push option is used.
#
# To enable this hook, rename this file to "pre-receive".

if test -n "$GIT_PUSH_OPTION_COUNT"
then
	i=0
	while test "$i" -lt "$GIT_PUSH_OPTION_COUNT"
	do
		eval "value=\$GIT_PUSH_OPTION_$i"
		case "$value" in
		echoback=*)
			echo "echo from the pre-receive-hook: ${value#*=}" >&2
			;;
		reject)
			exit 1
		esac
		i=$((i + 1))
	done
fi
"#,
            ),
            (
                ".git/hooks/prepare-commit-msg.sample",
                r##"#!/bin/sh
#
# An example hook script to prepare the commit log message.
# Called by "git commit" with the name of the file that has the
# commit message, followed by the description of the commit
# message's source.  The hook's purpose is to edit the commit
# message file.  If the hook fails with a non-zero status,
# the commit is aborted.
#
# To enable this hook, rename this file to "prepare-commit-msg".

# This hook includes three examples. The first one removes the
# "# Please enter the commit message..." help message.
#
# The second includes the output of "git diff --name-status -r"
# into the message, just before the "git status" output.  It is
# commented because it doesn't cope with --amend or with squashed
# commits.
#
# The third example adds a Signed-off-by line to the message, that can
# still be edited.  This is rarely a good idea.

COMMIT_MSG_FILE=$1
COMMIT_SOURCE=$2
SHA1=$3

/usr/bin/perl -i.bak -ne 'print unless(m/^. Please enter the commit message/..m/^#$/)' "$COMMIT_MSG_FILE"

# case "$COMMIT_SOURCE,$SHA1" in
#  ,|template,)
#    /usr/bin/perl -i.bak -pe '
#       print "\n" . `git diff --cached --name-status -r`
# 	 if /^#/ && $first++ == 0' "$COMMIT_MSG_FILE" ;;
#  *) ;;
# esac

# SOB=$(git var GIT_COMMITTER_IDENT | sed -n 's/^\(.*>\).*$/Signed-off-by: \1/p')
# git interpret-trailers --in-place --trailer "$SOB" "$COMMIT_MSG_FILE"
# if test -z "$COMMIT_SOURCE"
# then
#   /usr/bin/perl -i.bak -pe 'print "\n" if !$first_line++' "$COMMIT_MSG_FILE"
# fi
"##,
            ),
            (
                ".git/hooks/push-to-checkout.sample",
                r#"#!/bin/sh

# An example hook script to update a checked-out tree on a git push.
#
# This hook is invoked by git-receive-pack(1) when it reacts to git
# push and updates reference(s) in its repository, and when the push
# tries to update the branch that is currently checked out and the
# receive.denyCurrentBranch configuration variable is set to
# updateInstead.
#
# By default, such a push is refused if the working tree and the index
# of the remote repository has any difference from the currently
# checked out commit; when both the working tree and the index match
# the current commit, they are updated to match the newly pushed tip
# of the branch. This hook is to be used to override the default
# behaviour; however the code below reimplements the default behaviour
# as a starting point for convenient modification.
#
# The hook receives the commit with which the tip of the current
# branch is going to be updated:
commit=$1

# It can exit with a non-zero status to refuse the push (when it does
# so, it must not modify the index or the working tree).
die () {
	echo >&2 "$*"
	exit 1
}

# Or it can make any necessary changes to the working tree and to the
# index to bring them to the desired state when the tip of the current
# branch is updated to the new commit, and exit with a zero status.
#
# For example, the hook can simply run git read-tree -u -m HEAD "$1"
# in order to emulate git fetch that is run in the reverse direction
# with git push, as the two-tree form of git read-tree -u -m is
# essentially the same as git switch or git checkout that switches
# branches while keeping the local changes in the working tree that do
# not interfere with the difference between the branches.

# The below is a more-or-less exact translation to shell of the C code
# for the default behaviour for git's push-to-checkout hook defined in
# the push_to_deploy() function in builtin/receive-pack.c.
#
# Note that the hook will be executed from the repository directory,
# not from the working tree, so if you want to perform operations on
# the working tree, you will have to adapt your code accordingly, e.g.
# by adding "cd .." or using relative paths.

if ! git update-index -q --ignore-submodules --refresh
then
	die "Up-to-date check failed"
fi

if ! git diff-files --quiet --ignore-submodules --
then
	die "Working directory has unstaged changes"
fi

# This is a rough translation of:
#
#   head_has_history() ? "HEAD" : EMPTY_TREE_SHA1_HEX
if git cat-file -e HEAD 2>/dev/null
then
	head=HEAD
else
	head=$(git hash-object -t tree --stdin </dev/null)
fi

if ! git diff-index --quiet --cached --ignore-submodules $head --
then
	die "Working directory has staged changes"
fi

if ! git read-tree -u -m "$commit"
then
	die "Could not update working tree to new HEAD"
fi
"#,
            ),
            (
                ".git/hooks/update.sample",
                r#"#!/bin/sh
#
# An example hook script to block unannotated tags from entering.
# Called by "git receive-pack" with arguments: refname sha1-old sha1-new
#
# To enable this hook, rename this file to "update".
#
# Config
# ------
# hooks.allowunannotated
#   This boolean sets whether unannotated tags will be allowed into the
#   repository.  By default they won't be.
# hooks.allowdeletetag
#   This boolean sets whether deleting tags will be allowed in the
#   repository.  By default they won't be.
# hooks.allowmodifytag
#   This boolean sets whether a tag may be modified after creation. By default
#   it won't be.
# hooks.allowdeletebranch
#   This boolean sets whether deleting branches will be allowed in the
#   repository.  By default they won't be.
# hooks.denycreatebranch
#   This boolean sets whether remotely creating branches will be denied
#   in the repository.  By default this is allowed.
#

# --- Command line
refname="$1"
oldrev="$2"
newrev="$3"

# --- Safety check
if [ -z "$GIT_DIR" ]; then
	echo "Don't run this script from the command line." >&2
	echo " (if you want, you could supply GIT_DIR then run" >&2
	echo "  $0 <ref> <oldrev> <newrev>)" >&2
	exit 1
fi

if [ -z "$refname" -o -z "$oldrev" -o -z "$newrev" ]; then
	echo "usage: $0 <ref> <oldrev> <newrev>" >&2
	exit 1
fi

# --- Config
allowunannotated=$(git config --type=bool hooks.allowunannotated)
allowdeletebranch=$(git config --type=bool hooks.allowdeletebranch)
denycreatebranch=$(git config --type=bool hooks.denycreatebranch)
allowdeletetag=$(git config --type=bool hooks.allowdeletetag)
allowmodifytag=$(git config --type=bool hooks.allowmodifytag)

# check for no description
projectdesc=$(sed -e '1q' "$GIT_DIR/description")
case "$projectdesc" in
"Unnamed repository"* | "")
	echo "*** Project description file hasn't been set" >&2
	exit 1
	;;
esac

# --- Check types
# if $newrev is 0000...0000, it's a commit to delete a ref.
zero=$(git hash-object --stdin </dev/null | tr '[0-9a-f]' '0')
if [ "$newrev" = "$zero" ]; then
	newrev_type=delete
else
	newrev_type=$(git cat-file -t $newrev)
fi

case "$refname","$newrev_type" in
	refs/tags/*,commit)
		# un-annotated tag
		short_refname=${refname##refs/tags/}
		if [ "$allowunannotated" != "true" ]; then
			echo "*** The un-annotated tag, $short_refname, is not allowed in this repository" >&2
			echo "*** Use 'git tag [ -a | -s ]' for tags you want to propagate." >&2
			exit 1
		fi
		;;
	refs/tags/*,delete)
		# delete tag
		if [ "$allowdeletetag" != "true" ]; then
			echo "*** Deleting a tag is not allowed in this repository" >&2
			exit 1
		fi
		;;
	refs/tags/*,tag)
		# annotated tag
		if [ "$allowmodifytag" != "true" ] && git rev-parse $refname > /dev/null 2>&1
		then
			echo "*** Tag '$refname' already exists." >&2
			echo "*** Modifying a tag is not allowed in this repository." >&2
			exit 1
		fi
		;;
	refs/heads/*,commit)
		# branch
		if [ "$oldrev" = "$zero" -a "$denycreatebranch" = "true" ]; then
			echo "*** Creating a branch is not allowed in this repository" >&2
			exit 1
		fi
		;;
	refs/heads/*,delete)
		# delete branch
		if [ "$allowdeletebranch" != "true" ]; then
			echo "*** Deleting a branch is not allowed in this repository" >&2
			exit 1
		fi
		;;
	refs/remotes/*,commit)
		# tracking branch
		;;
	refs/remotes/*,delete)
		# delete tracking branch
		if [ "$allowdeletebranch" != "true" ]; then
			echo "*** Deleting a tracking branch is not allowed in this repository" >&2
			exit 1
		fi
		;;
	*)
		# Anything else (is there anything else?)
		echo "*** Update hook: unknown type of update to ref $refname of type $newrev_type" >&2
		exit 1
		;;
esac

# --- Finished
exit 0
"#,
            ),
            (
                ".git/info/exclude",
                "# git ls-files --others --exclude-from=.git/info/exclude
# Lines that start with '#' are comments.
# For a project mostly in C, the following would be a good set of
# exclude patterns (uncomment them if you want to use them):
# *.[oa]
# *~
",
            ),
            (
                "f.yaml",
                r#"apiVersion: null
kind: Form
metadata: {name: one}
---
kind: Form
metadata: {name: two}
---
apiVersion: ""
kind: Form
metadata: {name: three}
"#,
            ),
            (
                "kustomization.yaml",
                "resources: [f.yaml]
patches:
- target: {kind: Form}
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {a: b}
",
            ),
        ],
        root: "",
        want: r#"apiVersion: null
kind: Form
metadata:
  name: one
spec:
  a: b
---
apiVersion: ""
kind: Form
metadata:
  name: three
spec:
  a: b
---
apiVersion: null
kind: Form
metadata:
  name: two
spec:
  a: b
"#,
    },
];

pub const REFUSED: &[Refusal] = &[
    Refusal {
        name: "an annotation that reads as a number",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: c, annotations: {"1": x}}
"#,
            ),
            ("b/kustomization.yaml", "resources: [c.yaml]\n"),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("\"1\""),
    },
    Refusal {
        name: "a key of a generator that reads as a number",
        files: &[("b/kustomization.yaml", "configMapGenerator: [{name: c, literals: [1=x]}]\n")],
        root: "b",
        reason: Reason::Refused,
        place: Some("1=x"),
    },
    Refusal {
        name: "a label that reads as a boolean",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [c.yaml]
commonLabels: {"true": x}
"#,
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("x"),
    },
    Refusal {
        name: "two transformers of one name",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
transformers:
- t.yaml
- u.yaml
",
            ),
            (
                "b/t.yaml",
                "apiVersion: builtin
kind: HashTransformer
metadata: {name: x}
",
            ),
            (
                "b/u.yaml",
                "apiVersion: builtin
kind: HashTransformer
metadata: {name: x}
",
            ),
        ],
        root: "b",
        reason: Reason::Duplicate,
        place: Some("u.yaml"),
    },
    Refusal {
        name: "a transformer that is a program",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
transformers: [t.yaml]
",
            ),
            (
                "b/t.yaml",
                "apiVersion: x.io/v1
kind: Other
metadata: {name: x}
",
            ),
        ],
        root: "b",
        reason: Reason::Program,
        place: Some("Other"),
    },
    Refusal {
        name: "a validator that changes objects",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
validators: [t.yaml]
",
            ),
            (
                "b/t.yaml",
                "apiVersion: builtin
kind: LabelTransformer
metadata: {name: x}
labels: {a: b}
fieldSpecs: [{path: metadata/labels, create: true}]
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("t.yaml"),
    },
    Refusal {
        name: "a value of another type",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
replacements:
- source: {kind: ConfigMap, name: conf, fieldPath: data.host}
  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.count]}]
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("data.count"),
    },
    Refusal {
        name: "one field with and without create",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            ("b/k.yaml", "commonLabels: [{path: metadata/labels, create: false}]\n"),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
configurations: [k.yaml]
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("k.yaml"),
    },
    Refusal {
        name: "two variables of one name",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
vars:
- {name: A, objref: {kind: ConfigMap, name: conf, apiVersion: v1}}
- {name: A, objref: {kind: ConfigMap, name: conf, apiVersion: v1}}
",
            ),
        ],
        root: "b",
        reason: Reason::Duplicate,
        place: Some("A"),
    },
    Refusal {
        name: "a variable of nothing",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
vars: [{name: A, objref: {kind: ConfigMap, name: gone, apiVersion: v1}}]
",
            ),
        ],
        root: "b",
        reason: Reason::NoTarget,
        place: Some("A"),
    },
    Refusal {
        name: "labels that are text",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: c, labels: text}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
labels: [{pairs: {a: b}}]
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("b"),
    },
    Refusal {
        name: "two objects of one name in the end",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
patches:
- target: {kind: ConfigMap}
  patch: |-
    - {op: replace, path: /metadata/name, value: same}
",
            ),
        ],
        root: "b",
        reason: Reason::Duplicate,
        place: None,
    },
    Refusal {
        name: "a patch of nobody",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
patchesStrategicMerge: [p.yaml]
",
            ),
            ("b/p.yaml", "# nothing\n"),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("p.yaml"),
    },
    Refusal {
        name: "an openapi version that is not carried",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {host: example.com, count: 5}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
openapi: {version: v1.0.0}
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("v1.0.0"),
    },
    Refusal {
        name: "a_second_merge_in_a_resource",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  <<: {a: b}
  <<: {c: d}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
",
            ),
        ],
        root: "b",
        reason: Reason::Unreadable,
        place: Some("<<"),
    },
    Refusal {
        name: "a_second_merge_in_a_document_behind",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: more}
spec:
- a: {<<: {x: y}, <<: {y: z}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
",
            ),
        ],
        root: "b",
        reason: Reason::Unreadable,
        place: Some("<<"),
    },
    Refusal {
        name: "a_second_merge_in_what_is_merged",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {<<: {a: {<<: {x: y}, <<: {y: z}}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
",
            ),
        ],
        root: "b",
        reason: Reason::Unreadable,
        place: Some("<<"),
    },
    Refusal {
        name: "a_second_merge_in_a_patch",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "b/p.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  <<: {a: b}
  <<: {c: d}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
patches: [{path: p.yaml}]
",
            ),
        ],
        root: "b",
        reason: Reason::Unreadable,
        place: Some("<<"),
    },
    Refusal {
        name: "a_second_merge_in_a_patch_written_out",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
patches:
- patch: |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: conf}
    data:
      <<: {a: b}
      <<: {c: d}
",
            ),
        ],
        root: "b",
        reason: Reason::Unreadable,
        place: Some("<<"),
    },
    Refusal {
        name: "a_second_merge_in_patches_strategic_merge",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "b/p.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  <<: {a: b}
  <<: {c: d}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
patchesStrategicMerge: [p.yaml]
",
            ),
        ],
        root: "b",
        reason: Reason::Unreadable,
        place: Some("<<"),
    },
    Refusal {
        name: "a_second_merge_in_a_transformer",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "b/t.yaml",
                "apiVersion: builtin
kind: LabelTransformer
metadata: {name: t}
labels: {<<: {a: b}, <<: {c: d}}
fieldSpecs: [{path: metadata/labels, create: true}]
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
transformers: [t.yaml]
",
            ),
        ],
        root: "b",
        reason: Reason::Unreadable,
        place: Some("<<"),
    },
    Refusal {
        name: "a_selector_that_cannot_be_read",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [c.yaml]
patches:
- target: {kind: ConfigMap, labelSelector: 'a=b,'}
  patch: '[{"op": "add", "path": "/x", "value": 1}]'
"#,
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("'a=b,'"),
    },
    Refusal {
        name: "json_with_a_slash_behind_a_backslash",
        files: &[
            (
                "b/c.json",
                r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}, "data": {"a": "b\/c"}}
"#,
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.json]
",
            ),
        ],
        root: "b",
        reason: Reason::Unreadable,
        place: Some(r#""b\/c""#),
    },
    Refusal {
        name: "a_generated_text_behind_a_tab",
        files: &[
            (
                "b/t.txt", "	tab
",
            ),
            (
                "b/kustomization.yaml",
                "configMapGenerator:
- name: c
  files: [t.txt]
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("t.txt"),
    },
    Refusal {
        name: "a_text_behind_a_tab_in_a_json_patch",
        files: &[
            (
                "b/c.yaml",
                r#"apiVersion: v1
kind: ConfigMap
metadata: {name: conf, annotations: {note: x}, labels: {n: "5"}}
"#,
            ),
            (
                "b/kustomization.yaml",
                r#"resources: [c.yaml]
patches:
- target: {kind: ConfigMap}
  patch: |-
    - {op: add, path: /data, value: {a: "\ttab\n"}}
"#,
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some(r#""\ttab\n""#),
    },
    Refusal {
        name: "a_namespace_for_a_field_that_is_a_mapping",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {note: here}}
",
            ),
            (
                "b/config.yaml",
                "namespace:
- {path: metadata/annotations, group: apps, version: v1}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
configurations: [config.yaml]
namespace: shop
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("{note: here}"),
    },
    Refusal {
        name: "a_replacement_that_takes_the_name",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, image: a}]}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
replacements:
- source: {kind: Deployment, fieldPath: spec.template.spec.containers}
  targets:
  - select: {kind: Deployment}
    fieldPaths: [metadata.name]
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("metadata.name"),
    },
    Refusal {
        name: "a_scalar_in_a_list_that_names_are_looked_for_in",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, env: [a]}]}}}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("a"),
    },
    Refusal {
        name: "a_table_that_clashes_with_the_carried_one",
        files: &[
            (
                "b/d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: c, image: x}]}}}
",
            ),
            (
                "b/t.yaml",
                "commonLabels:
- {path: spec/template/metadata/labels, kind: Deployment, group: extensions}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [d.yaml]
configurations: [t.yaml]
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("t.yaml"),
    },
    Refusal {
        name: "sort_options_without_an_order",
        files: &[
            (
                "b/c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [c.yaml]
sortOptions:
  legacySortOptions: {orderFirst: [Secret]}
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("legacySortOptions"),
    },
    Refusal {
        name: "a_prefix_for_a_mapping",
        files: &[
            (
                "b/r.yaml",
                "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, labels: {a: b}}
spec:
  n: 53
  list: [{image: x}]
  template: {metadata: {labels: {a: b}}}
  containers:
  - image: nginx:1
  - image: 'nginx:1'
  - image: other
",
            ),
            (
                "b/t.yaml",
                "namePrefix:
- {path: spec/template, kind: Rollout}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [r.yaml]
configurations: [t.yaml]
namePrefix: a-
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("{metadata: {labels: {a: b}}}"),
    },
    Refusal {
        name: "an_image_in_a_mapping",
        files: &[
            (
                "b/r.yaml",
                "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, labels: {a: b}}
spec:
  n: 53
  list: [{image: x}]
  template: {metadata: {labels: {a: b}}}
  containers:
  - image: nginx:1
  - image: 'nginx:1'
  - image: other
",
            ),
            (
                "b/t.yaml",
                "images:
- {path: spec/template, kind: Rollout}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [r.yaml]
configurations: [t.yaml]
images: [{name: a, newTag: b}]
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("{metadata: {labels: {a: b}}}"),
    },
    Refusal {
        name: "a_count_in_a_mapping",
        files: &[
            (
                "b/r.yaml",
                "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, labels: {a: b}}
spec:
  n: 53
  list: [{image: x}]
  template: {metadata: {labels: {a: b}}}
  containers:
  - image: nginx:1
  - image: 'nginx:1'
  - image: other
",
            ),
            (
                "b/t.yaml",
                "replicas:
- {path: spec/template, kind: Rollout}
",
            ),
            (
                "b/kustomization.yaml",
                "resources: [r.yaml]
configurations: [t.yaml]
replicas: [{name: web, count: 1}]
",
            ),
        ],
        root: "b",
        reason: Reason::Refused,
        place: Some("{metadata: {labels: {a: b}}}"),
    },
    Refusal {
        name: "objects_under_crds",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
crds: [crd.yaml]
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "crd.yaml",
                "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
",
            ),
        ],
        root: "",
        reason: Reason::Refused,
        place: Some("crd.yaml"),
    },
    Refusal {
        name: "an_account_in_a_namespace_that_is_no_text",
        files: &[
            (
                "kustomization.yaml",
                "resources: [r.yaml]
",
            ),
            (
                "r.yaml",
                "apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: all}
subjects:
- {kind: User, name: someone, namespace: 11}
- {kind: ServiceAccount, name: web, namespace: 12}
",
            ),
        ],
        root: "",
        reason: Reason::Refused,
        place: Some("12"),
    },
    Refusal {
        name: "operations_in_brackets_that_are_no_json",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
patches:
- {path: p.yaml, target: {kind: ConfigMap}}
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "p.yaml",
                "[{op: add, path: /data, value: {}}]
",
            ),
        ],
        root: "",
        reason: Reason::Refused,
        place: Some("p.yaml"),
    },
    Refusal {
        name: "a_key_twice_in_what_comes_into_an_object_whole",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
patches:
- path: p.yaml
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "p.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {a: one, a: two}
",
            ),
        ],
        root: "",
        reason: Reason::Unreadable,
        place: Some("a"),
    },
    Refusal {
        name: "a_json_patch_that_takes_the_name_away",
        files: &[
            (
                "kustomization.yaml",
                r#"resources: [c.yaml]
patches:
- target: {kind: ConfigMap}
  patch: '[{"op": "remove", "path": "/metadata/name"}]'
"#,
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf, labels: {a: b}}
",
            ),
        ],
        root: "",
        reason: Reason::Refused,
        place: Some("patch"),
    },
    Refusal {
        name: "a_path_beside_a_source",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
replacements:
- {path: r.yaml, source: {kind: ConfigMap}}
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "r.yaml", "[]
",
            ),
        ],
        root: "",
        reason: Reason::Refused,
        place: Some("r.yaml"),
    },
    Refusal {
        name: "no_replacement_in_a_file_of_them",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
replacements:
- {path: r.yaml}
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
            (
                "r.yaml",
                "# none yet
",
            ),
        ],
        root: "",
        reason: Reason::Refused,
        place: Some("r.yaml"),
    },
    Refusal {
        name: "half_a_sign_in_json",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.json]
",
            ),
            (
                "c.json",
                r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}, "data": {"a": "\ud83d\ude00"}}
"#,
            ),
        ],
        root: "",
        reason: Reason::Unreadable,
        place: Some("\"\\ud83d\\ude00\""),
    },
    Refusal {
        name: "one_field_in_two_spellings",
        files: &[
            (
                "kustomization.yaml",
                "resources: [c.yaml]
Images: [{name: a, newTag: v1}]
images: [{name: b, newTag: v2}]
",
            ),
            (
                "c.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
",
            ),
        ],
        root: "",
        reason: Reason::NotYet,
        place: Some("images"),
    },
    Refusal {
        name: "notes_of_kustomize_where_a_name_is_looked_for",
        files: &[
            (
                "c.yaml",
                "nameReference:
- {kind: ConfigMap, fieldSpecs: [{path: 'metadata/annotations', kind: ConfigMap}]}
",
            ),
            (
                "kustomization.yaml",
                "configMapGenerator:
- name: made
  literals: [a=b]
  options: {disableNameSuffixHash: true}
configurations: [c.yaml]
",
            ),
        ],
        root: "",
        reason: Reason::Refused,
        place: Some("made"),
    },
    Refusal {
        name: "a_comma_in_a_kind_that_is_noted",
        files: &[
            (
                "c.yaml",
                "apiVersion: v1
kind: ENC[AES256_GCM,data:a,iv:b]
metadata: {name: conf}
",
            ),
            (
                "kustomization.yaml",
                "resources: [c.yaml]
namePrefix: a-
",
            ),
        ],
        root: "",
        reason: Reason::Refused,
        place: Some("ENC[AES256_GCM,data:a,iv:b]"),
    },
    Refusal {
        name: "a_field_of_another_type_twice",
        files: &[
            (
                "d.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 2}
",
            ),
            (
                "kustomization.yaml",
                "resources: [d.yaml]
replacements:
- sourceValue: web
  targets:
  - select: {kind: Deployment}
    fieldPaths: [spec.replicas]
- sourceValue: 2@sha256
  targets:
  - select: {kind: Deployment}
    fieldPaths: [spec.replicas]
",
            ),
        ],
        root: "",
        reason: Reason::Refused,
        place: Some("spec.replicas"),
    },
    Refusal {
        name: "two_of_one_name_when_a_patch_is_merged",
        files: &[
            (
                "f.yaml",
                "apiVersion: v1
kind: ConfigMap
metadata: {name: one}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: two}
",
            ),
            (
                "kustomization.yaml",
                r#"resources: [f.yaml]
patches:
- target: {kind: ConfigMap}
  patch: '[{"op": "replace", "path": "/metadata/name", "value": "json"}]'
- target: {kind: ConfigMap}
  patch: |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: any}
    data: {a: c}
namePrefix: a-
"#,
            ),
        ],
        root: "",
        reason: Reason::Duplicate,
        place: Some("patch"),
    },
];
