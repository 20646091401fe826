//! Small trees of kustomizations made at random, by a seed: one to three layers, in each tree a pair of features
//! together, and what the program `kustomize` makes of them. The tests build a few, `cargo xtask trees` many.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll::overlay::kustomize::{Renderer, print};
use plimsoll::source::Snapshot;

use crate::random::Random;

/// What a layer of a tree may do.
pub const FEATURES: [&str; 52] = [
    "namespace",
    "namePrefix",
    "nameSuffix",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "merge",
    "mergeTarget",
    "mergeList",
    "oddLists",
    "json",
    "jsonFile",
    "directive",
    "rename",
    "patchesStrategicMerge",
    "patchesJson6902",
    "images",
    "replicas",
    "replacements",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
    "generatorMerge",
    "configurations",
    "vars",
    "buildMetadata",
    "sortOptions",
    "transformers",
    "inlineTransformers",
    "generators",
    "validators",
    "components",
    "openapi",
    "crds",
    "otherBase",
    "resourceForms",
    "selectors",
    "replacementForms",
    "imageForms",
    "diamond",
    "moreComponents",
    "labelForms",
    "patchForms",
    "generatorForms",
    "folders",
    "configurationForms",
    "sortForms",
    "replicaForms",
    "varForms",
    "crdForms",
    "spellings",
    "repeats",
];

/// A tree, and the folder whose build is looked at.
pub struct Tree {
    pub files: Vec<(String, String)>,
    pub root: String,
    pub features: Vec<&'static str>,
}

/// How the two programs differ about a tree.
pub struct Difference {
    pub told: String,
}

/// The program, where it is installed: in the PATH, or where Go puts what it builds.
pub fn program() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join("go/bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).chain(home).map(|folder| folder.join("kustomize"));
    found.into_iter().find(|file| file.is_file())
}

/// Builds a tree with both programs in a folder that is empty before and after.
pub fn compare(tree: &Tree, program: &Path, folder: &Path) -> Option<Difference> {
    for (path, text) in &tree.files {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let theirs = Command::new(program).arg("build").arg(folder.join(&tree.root)).output().unwrap();
    fs::remove_dir_all(folder).unwrap();
    let snapshot = Snapshot::in_memory(tree.files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let ours = Renderer::new(&snapshot, false).render(&tree.root);
    let want = String::from_utf8_lossy(&theirs.stdout);
    let told = match (ours, theirs.status.success()) {
        (Ok(objects), true) => {
            let got = print(&objects, &mut |_, _| {});
            if got == want {
                return None;
            }
            let mut lines = got.lines().zip(want.lines()).enumerate();
            let first = lines.find(|(_, (ours, theirs))| ours != theirs);
            first.map_or_else(
                || format!("{} lines, {} wanted", got.lines().count(), want.lines().count()),
                |(at, (ours, theirs))| format!("line {}: `{ours}`, wanted `{theirs}`", at + 1),
            )
        }
        (Err(problem), false) if !problem.reason.is_ours() => return None,
        (Err(problem), _) => format!("not rendered: {problem} [{}]", problem.reason.word()),
        (Ok(_), false) => {
            let text = String::from_utf8_lossy(&theirs.stderr);
            format!("rendered, and refused there: {}", text.lines().last().unwrap_or(""))
        }
    };
    Some(Difference { told })
}

/// Makes the tree of a number: the pairs of features follow each other.
pub fn tree(number: usize, seed: u64) -> Tree {
    let random = Random::of(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
    let mut maker = Maker { random, files: Vec::new(), kinds: Vec::new(), next: 0 };
    let count = FEATURES.len();
    let pair = number % (count * (count + 1) / 2);
    let (mut first, mut rest) = (0, pair);
    while rest >= count - first {
        rest -= count - first;
        first += 1;
    }
    let mut features = vec![FEATURES[first], FEATURES[first + rest]];
    for _ in 0..maker.random.below(4) {
        features.push(maker.one(&FEATURES));
    }
    features.sort_unstable();
    features.dedup();
    // the last one knows what is there already
    features.sort_by_key(|feature| *feature == "repeats");
    maker.make(features)
}

struct Maker {
    random: Random,
    files: Vec<(String, String)>,
    /// What is in the base.
    kinds: Vec<&'static str>,
    next: usize,
}

const LABELS: [&str; 6] = ["app", "tier", "app.kubernetes.io/name", "team", "env", "\"yes\""];
const TEXTS: [&str; 10] =
    ["web", "\"1.10\"", "'yes'", "a b", "\"true\"", "\"007\"", "x-1", "'it''s'", "\"\"", "\"a: b\""];

const POOL: [(&str, &str); 25] = [
    (
        "Deployment",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels: {app: web, tier: front}\n  annotations: {note: \"$(HOST) here\"}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      serviceAccountName: runner\n      initContainers:\n      - {name: init, image: \"docker.io/busybox:1.36\"}\n      containers:\n      - name: web\n        image: nginx:1.25\n        args: [\"--host=$(HOST)\", \"$(PORT)\", plain]\n        env:\n        - {name: MODE, valueFrom: {configMapKeyRef: {name: conf, key: mode}}}\n        - {name: PASS, valueFrom: {secretKeyRef: {name: cred, key: pass}}}\n        - {name: PLAIN, value: \"1\"}\n        envFrom:\n        - configMapRef: {name: made}\n        ports:\n        - {containerPort: 80, name: http}\n        - {containerPort: 80, protocol: UDP}\n        volumeMounts:\n        - {name: conf, mountPath: /etc/conf}\n      - name: side\n        image: side@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3\n      volumes:\n      - {name: conf, configMap: {name: conf}}\n      - {name: cred, secret: {secretName: cred}}\n",
    ),
    (
        "StatefulSet",
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  serviceName: db\n  selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: {app: db}}\n    spec:\n      containers:\n      - {name: db, image: \"postgres:15\"}\n      affinity:\n        podAntiAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n          - {topologyKey: zone, labelSelector: {matchLabels: {app: db}}}\n  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {storageClassName: fast, accessModes: [ReadWriteOnce]}\n",
    ),
    (
        "CronJob",
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tick}\nspec:\n  schedule: '*/5 * * * *'\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers:\n          - {name: tick, image: busybox, envFrom: [{secretRef: {name: cred}}]}\n",
    ),
    (
        "DaemonSet",
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent, namespace: ops}\nspec:\n  selector: {matchLabels: {app: agent}}\n  template:\n    metadata: {labels: {app: agent}}\n    spec:\n      priorityClassName: high\n      containers:\n      - {name: agent, image: \"example.com:5000/agent:v1\"}\n",
    ),
    (
        "Job",
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: once, image: nginx, command: [sh, -c, \"echo $(HOST)\"]}]\n",
    ),
    (
        "Service",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports:\n  - {port: 80, targetPort: http}\n  - {port: 80, targetPort: 53, protocol: UDP, name: dns}\n",
    ),
    (
        "Service db",
        "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {clusterIP: None, ports: [{port: 5432}]}\n",
    ),
    (
        "Ingress",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  annotations: {nginx.ingress.kubernetes.io/auth-secret: cred}\nspec:\n  tls: [{hosts: [web.example.com], secretName: cred}]\n  rules:\n  - host: web.example.com\n    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}\n",
    ),
    (
        "HorizontalPodAutoscaler",
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 5\n",
    ),
    (
        "ConfigMap",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata:\n  mode: fast\n  host: web.example.com\n  app.json: '{\"a\": {\"b\": 1}, \"list\": [{\"name\": \"x\", \"value\": \"y\"}], \"html\": \"<&>\"}'\n  app.yaml: |\n    db:\n      host: localhost\n      ports:\n      - 5432\n",
    ),
    (
        "folded",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: folded, annotations: {when: 2024-01-01, n: 5, e: }}\ndata:\n  when: 2024-1-2\n  time: 2024-01-01T10:00:00.50+02:00\n  odd: [~, 0o17, 1_000, 089, .5, 1e3, yes]\n  a: >\n    one\n      two\n    three\n\n\n    four\n  b: >-\n      lead\n    x\n  c: >+\n    end\n\n",
    ),
    ("Secret", "apiVersion: v1\nkind: Secret\nmetadata: {name: cred}\ntype: Opaque\nstringData: {pass: s3cret}\n"),
    (
        "ServiceAccount",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner}\nimagePullSecrets: [{name: cred}]\n",
    ),
    ("ServiceAccount default", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n"),
    (
        "Role",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: read}\nrules:\n- {apiGroups: [\"\"], resources: [configmaps], resourceNames: [conf], verbs: [get]}\n",
    ),
    (
        "RoleBinding",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: read}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: read}\nsubjects:\n- {kind: ServiceAccount, name: runner}\n- {kind: ServiceAccount, name: default, namespace: other}\n",
    ),
    ("ClusterRole", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\nrules: []\n"),
    (
        "ClusterRoleBinding",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: all}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}\nsubjects:\n- {kind: ServiceAccount, name: runner, namespace: default}\n",
    ),
    (
        "PersistentVolumeClaim",
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {storageClassName: fast, volumeName: disk, accessModes: [ReadWriteOnce]}\n",
    ),
    (
        "cluster",
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: disk}\nspec: {storageClassName: fast}\n---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: x\n---\napiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 100\n",
    ),
    ("Namespace", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"),
    (
        "CustomResourceDefinition",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\nspec:\n  group: example.com\n  conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: web, namespace: shop}}}}\n",
    ),
    (
        "webhook",
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: check}\nwebhooks:\n- {name: a.example.com, clientConfig: {service: {name: web, namespace: shop}}}\n---\napiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.example.com}\nspec: {service: {name: web, namespace: shop}}\n",
    ),
    (
        "Rollout",
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: canary}\nspec:\n  replicas: 1\n  template:\n    spec:\n      containers:\n      - {name: canary, image: \"nginx:1.25\"}\n      - {name: side, image: side}\n",
    ),
    (
        "more",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: policy/v1\n  kind: PodDisruptionBudget\n  metadata: {name: web}\n  spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}\n- apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n  metadata: {name: web}\n  spec:\n    podSelector: {matchLabels: {app: web}}\n    ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]\n- apiVersion: cert-manager.io/v1\n  kind: ClusterIssuer\n  metadata: {name: letsencrypt}\n  spec: {acme: {email: a@example.com}}\n",
    ),
];

impl Maker {
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.below(of.len())]
    }

    fn chance(&mut self, of: usize) -> bool {
        self.random.below(of) == 0
    }

    fn make(mut self, features: Vec<&'static str>) -> Tree {
        let layers = 1 + self.random.below(3);
        let mut texts = vec![String::new(); layers];
        let mut base = String::from("resources:\n");
        for (at, (kind, text)) in POOL.iter().enumerate() {
            if at == 0 || self.chance(3) {
                self.kinds.push(kind);
                let _ = writeln!(base, "- r{at}.yaml");
                self.files.push((format!("l0/r{at}.yaml"), (*text).to_owned()));
            }
        }
        texts[0] = base;
        for (at, text) in texts.iter_mut().enumerate().skip(1) {
            let _ = writeln!(text, "resources:\n- ../l{}", at - 1);
        }
        for feature in &features {
            let at = if self.chance(3) { self.random.below(layers) } else { layers - 1 };
            let mut text = std::mem::take(&mut texts[at]);
            self.add(feature, at, &mut text);
            if at + 1 < layers && self.chance(3) {
                // the same once more, above
                let mut above = std::mem::take(&mut texts[at + 1]);
                self.add(feature, at + 1, &mut above);
                texts[at + 1] = above;
            }
            texts[at] = text;
        }
        for (at, text) in texts.into_iter().enumerate() {
            self.files.push((format!("l{at}/kustomization.yaml"), text));
        }
        Tree { files: self.files, root: format!("l{}", layers - 1), features }
    }

    /// A file beside a layer's kustomization; its name.
    fn file(&mut self, layer: usize, text: impl Into<String>) -> String {
        self.next += 1;
        let name = format!("f{}.yaml", self.next);
        self.files.push((format!("l{layer}/{name}"), text.into()));
        name
    }

    /// A workload of the base: kind, API version, name, path to the pod.
    fn workload(&mut self) -> (&'static str, &'static str, &'static str) {
        let all = [
            ("Deployment", "apps/v1", "web"),
            ("StatefulSet", "apps/v1", "db"),
            ("DaemonSet", "apps/v1", "agent"),
            ("Job", "batch/v1", "once"),
            ("Rollout", "argoproj.io/v1alpha1", "canary"),
        ];
        let there: Vec<_> = all.into_iter().filter(|(kind, ..)| self.kinds.contains(kind)).collect();
        if self.chance(2) { there[0] } else { self.one(&there) }
    }

    fn pairs(&mut self, indent: &str) -> String {
        let mut out = String::new();
        let mut used: Vec<&str> = Vec::new();
        for _ in 0..1 + self.random.below(2) {
            let key = self.one(&LABELS);
            if !used.contains(&key) {
                used.push(key);
                let _ = writeln!(out, "{indent}{key}: {}", self.one(&TEXTS));
            }
        }
        out
    }

    fn target(&mut self) -> String {
        let targets = [
            "{kind: Deployment}",
            "{kind: Deployment, name: web}",
            "{name: w.*}",
            "{group: apps, version: v1}",
            "{labelSelector: app=web}",
            "{labelSelector: \"app in (web, db),tier!=back\"}",
            "{kind: Service|ConfigMap}",
            "{annotationSelector: note}",
            "{namespace: default, kind: Deployment}",
            "{namespace: ops}",
            "{kind: Nothing}",
            "{kind: Deployment, name: eu-web}",
        ];
        self.one(&targets).to_owned()
    }

    fn merge_patch(&mut self) -> String {
        let (kind, api, name) = self.workload();
        let head = format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}");
        let space = if kind == "DaemonSet" { ", namespace: ops" } else { "" };
        let bodies = [
            "}\nspec:\n  replicas: 5\n",
            ", labels: {patched: \"1\"}, annotations: {when: 2024-01-01}}\n",
            "}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: web, image: \"nginx:2\", env: [{name: PLAIN, value: \"2\"}, {name: NEW, value: x}]}\n",
            "}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: extra, image: extra}\n      initContainers: null\n",
            "}\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        ports: [{containerPort: 80, protocol: TCP, name: web}, {containerPort: 9090}]\n        args: [a]\n",
            "}\nspec:\n  template:\n    spec:\n      tolerations: [{key: a, operator: Exists}]\n      volumes: [{name: conf, emptyDir: {}}, {name: tmp, emptyDir: {}}]\n      nodeSelector: {disk: ssd}\n",
            "}\nspec: {selector: {matchLabels: {extra: \"1\"}}}\n",
            "}\nspec:\n  template:\n    spec:\n      imagePullSecrets: [{name: cred}]\n      containers: []\n",
            "}\nspec:\n  template:\n    spec:\n      securityContext: {runAsNonRoot: true, runAsUser: 0o17}\n      hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]\n      topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]\n",
        ];
        format!("{head}{space}{}", self.one(&bodies))
    }

    /// An object, or a patch of it, whose lists have items that nobody would write: without their keys, twice, empty, with
    /// directives.
    fn odd_object(&mut self, name: &str, patch: bool) -> String {
        let keyed = |keys: [&'static str; 2], values: [&'static [&'static str]; 2]| (keys, values);
        let ports = &["80", "80", "81", "443"][..];
        let protocols = &["TCP", "UDP", "TCP"][..];
        let names = &["a", "b", "c", "\"\"", "null"][..];
        let fields = [
            ("spec/template/spec/containers", keyed(["name", "image"], [names, &["x", "y"]])),
            ("spec/template/spec/volumes", keyed(["name", "emptyDir"], [names, &["{}", "{medium: Memory}"]])),
            ("spec/template/spec/imagePullSecrets", keyed(["name", "name"], [names, names])),
            ("spec/template/spec/tolerations", keyed(["key", "operator"], [names, &["Exists"]])),
            (
                "spec/template/spec/topologySpreadConstraints",
                keyed(["topologyKey", "whenUnsatisfiable"], [names, &["DoNotSchedule", "ScheduleAnyway"]]),
            ),
            ("metadata/finalizers", keyed(["", ""], [names, names])),
            ("metadata/ownerReferences", keyed(["uid", "kind"], [names, names])),
            ("ports", keyed(["containerPort", "protocol"], [ports, protocols])),
            ("env", keyed(["name", "value"], [names, &["\"1\"", "\"2\""]])),
        ];
        let (path, (keys, values)) = self.one(&fields);
        let mut items = Vec::new();
        // of many items is kept which have what
        let most = if self.chance(8) { 60 } else { 6 };
        for _ in 0..self.random.below(most) {
            let mut parts = Vec::new();
            let odd = self.random.below(24);
            if keys[0].is_empty() && odd > 1 {
                items.push(self.one(values[0]).to_owned());
                continue;
            }
            match odd {
                0 => {
                    items.push(self.one(&["null", "~", "{}", "a", "80", "[a]", "{other: x}"]).to_owned());
                    continue;
                }
                1 if patch => {
                    let what = self.one(&["delete", "replace", "merge", "what"]);
                    items.push(format!("{{$patch: {what}}}"));
                    continue;
                }
                2..=4 if patch => parts.push(format!("$patch: {}", self.one(&["delete", "replace", "merge"]))),
                5 => parts.push("more: x".to_owned()),
                _ => {}
            }
            if !self.chance(10) {
                parts.push(format!("{}: {}", keys[0], self.one(values[0])));
            }
            if keys[0] != keys[1] && self.chance(2) {
                parts.push(format!("{}: {}", keys[1], self.one(values[1])));
            }
            items.push(format!("{{{}}}", parts.join(", ")));
        }
        let list = if items.is_empty() && patch {
            self.one(&["null", "[]", "~"]).to_owned()
        } else {
            format!("[{}]", items.join(", "))
        };
        let list = match path {
            "ports" | "env" => format!("[{{name: web, {path}: {list}}}]"),
            _ => list,
        };
        let path = if matches!(path, "ports" | "env") { "spec/template/spec/containers" } else { path };
        let mut body = list;
        for part in path.rsplit('/').filter(|part| *part != "metadata") {
            body = format!("{{{part}: {body}}}");
        }
        let (meta, spec) = match path.strip_prefix("metadata/") {
            Some(_) => (format!(", {}", &body[1..body.len() - 1]), String::new()),
            None => (String::new(), format!("{}\n", &body[1..body.len() - 1])),
        };
        format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}{meta}}}\n{spec}")
    }

    /// A field spec of a table.
    fn field_spec(&mut self) -> String {
        let path = self.one(&[
            "spec/conf/name",
            "spec/workloadRef/name",
            "spec/labels",
            "metadata/labels",
            "metadata/annotations",
            "spec/template/metadata/labels",
            "spec/image",
            "spec/replicas",
            "spec/title",
            "spec/template/spec/containers/image",
            "spec/template/spec/containers[]/name",
            "data/host",
            "data/mode",
            "spec/rules/host",
            "metadata/name",
            "metadata/namespace",
            "spec/selector",
            "subjects/namespace",
            "spec/template/spec/serviceAccountName",
            "metadata/annotations/note",
            "stringData/pass",
            "spec/ports",
            "spec/made/deep/field",
        ]);
        let mut parts = vec![format!("path: '{path}'")];
        for (key, values) in [
            ("kind", &["Rollout", "Deployment", "ConfigMap", "Service", "Ingress", "Form"][..]),
            ("group", &["apps", "argoproj.io"]),
            ("version", &["v1", "v1alpha1"]),
            ("create", &["true", "false"]),
        ] {
            if self.chance(2) {
                parts.push(format!("{key}: {}", self.one(values)));
            }
        }
        format!("{{{}}}", parts.join(", "))
    }

    /// A resource file in one of the ways in which people write them.
    fn resource_form(&mut self) -> String {
        let scalars = [
            "1.10",
            "0777",
            "0o17",
            "0x1F",
            "1e3",
            "1E-7",
            "-0",
            "+1",
            ".5",
            "5.",
            "1_000",
            "12345678901234567890",
            "1.0",
            "100000000000000000000000",
            "yes",
            "on",
            "True",
            "~",
            "NULL",
            "2024-01-01",
            "2024-01-01T10:00:00Z",
            "1:30",
            "=",
            "\"a\\tb\"",
            "\"\\u00e9\"",
            "'it''s'",
            "\"#c\"",
            "a#b",
            "\"- a\"",
            "\"a: b\"",
            "\"  s \"",
            "\"\\n\"",
            "\"l1\\nl2\\n\"",
            "\"\"",
            "-",
            "\"@x\"",
            "\"%x\"",
            "\"\u{1F600}\"",
            "é",
            "\"a\\\\b\"",
            "\"{x}\"",
            "\"[x]\"",
            "\"!x\"",
            "\"&x\"",
            "\"*x\"",
            "\"|\"",
            "\">\"",
            "'null'",
            "'1'",
            "'1.0'",
            "!!str 5",
            "!!str yes",
            "!!int \"5\"",
            "!!float 1",
            "0b101",
            "inf",
            ".inf",
            "<<",
            "\"\\x07\"",
        ];
        let mut fields = String::new();
        for number in 0..1 + self.random.below(5) {
            let _ = writeln!(fields, "  k{number}: {}", self.one(&scalars));
        }
        let name = format!("form{}", self.files.len());
        let head = format!("apiVersion: example.com/v1\nkind: Form\nmetadata: {{name: {name}}}\n");
        let forms = [
            format!("{head}spec:\n{fields}"),
            format!("---\n# a comment\n{head}spec: # here\n{fields}# end\n---\n---\n# only this\n"),
            format!(
                "{head}x: &x {{a: 1, b: [1, 2]}}\ny: &y {{a: 2, c: 3}}\nspec:\n  one: {{<<: *x, c: 0}}\n  two: {{<<: [*x, *y], d: *x}}\n  three:\n    <<: *y\n    a: last\n"
            ),
            format!(
                "{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {{\"name\": \"{name}\"}}, \"data\": {{\"a\": \"\\u00e9\\/x\"}}}}\n"
            ),
            format!(
                "apiVersion: v1\nkind: ConfigMapList\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: {name}-a}}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: {name}-b}}\n  data: {{x: y}}\n"
            ),
            format!(
                "apiVersion: v1\nkind: List\nmetadata: {{}}\nitems:\n- {{apiVersion: v1, kind: List, items: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}]}}\n"
            ),
            format!(
                "{head}spec:\n  lit: |\n    a\n      b\n\n    c\n  strip: |-\n    x\n  keep: |+\n    y\n\n  fold: >\n    a\n    b\n\n      more\n    c\n  fs: >-\n    long long\n    text\n  ind: |2\n     lead\n"
            ),
            format!(
                "{head}spec:\n  q: \"a\n    b\n\n    c\"\n  s: 'x\n    y'\n  p: plain\n    more\n  ? complex\n  : value\n"
            ),
            format!("{head}spec: {{list: [a, [b, c], {{d: e}}, [], {{}}, null], empty: , n: {{}}, l: []}}\n"),
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  labels:\n    a: 'yes'\n    b: \"1\"\n  annotations:\n    c: plain\n    d: \"true\"\n  creationTimestamp: null\ndata:\n{fields}"
            ),
            format!("{head}status: {{}}\nspec:\n  1: a\n  true: b\n  1.5: c\n  null: d\n  \"2\": e\n"),
            format!("{head}spec: null\n"),
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: ops}}\ndata: {{a: YQ==}}\nstringData:\n{fields}"
            ),
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}\n"
            ),
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {{kustomize.config.k8s.io/needs-hash: \"true\"}}}}\ndata: {{a: b}}\n"
            ),
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {{kustomize.config.k8s.io/behavior: merge}}}}\n"
            ),
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: x-}\n".to_owned(),
            format!("kind: Form\nmetadata: {{name: {name}}}\n"),
        ];
        let at = self.random.below(forms.len());
        forms[at].clone()
    }

    /// An object of scalars in all spellings, and patches that put others in their places, themselves spelt in all ways.
    fn spellings(&mut self, layer: usize, text: &mut String) {
        const SPELT: [&str; 26] = [
            "80",
            "\"80\"",
            "'80'",
            "|-\n    80",
            "|\n    one\n      two\n",
            "|+\n    end\n\n",
            ">-\n    one\n      two\n    three",
            ">\n    one\n\n    two\n",
            "1e3",
            "'1e3'",
            "1234567.5",
            "0.00001234",
            "1000000",
            "9007199254740993",
            "18446744073709551616",
            "2e19",
            "true",
            "\"true\"",
            "yes",
            "2024-01-01",
            "\"2024-01-01\"",
            "web",
            "\"web\"",
            "null",
            "\"\"",
            "a long line of many words that goes on until it is longer than any line that a writer lets stand as it is",
        ];
        let name = format!("spelt{}", self.files.len());
        let head = format!("apiVersion: example.com/v1\nkind: Form\nmetadata:\n  name: {name}\n");
        let mut fields = |few: bool| {
            let mut out = String::new();
            for key in ["a", "b", "c", "d", "e", "f"] {
                if !few || self.chance(3) {
                    let _ = writeln!(out, "  {key}: {}", self.one(&SPELT));
                }
            }
            if out.is_empty() { "  a: 1\n".to_owned() } else { out }
        };
        let (object, merge) = (format!("{head}spec:\n{}", fields(false)), format!("{head}spec:\n{}", fields(true)));
        let notes = format!("{head}  annotations:\n{}spec:\n{}", fields(true).replace("  ", "    "), fields(true));
        let flat =
            |value: &str| value.split('\n').next().unwrap_or("").trim_start_matches(['|', '>', '-', '+']).to_owned();
        let mut operations = String::new();
        for _ in 0..1 + self.random.below(3) {
            let (path, value) =
                (self.one(&["/spec/a", "/spec/z", "/metadata/annotations", "/spec/b"]), self.one(&SPELT));
            let value = if path.ends_with("annotations") { format!("{{n: {}}}", flat(value)) } else { flat(value) };
            let _ = writeln!(operations, "- {{op: add, path: {path}, value: {value}}}");
        }
        let file = self.file(layer, object);
        Self::item(text, "resources", &format!("- {file}\n"));
        let target = format!("  target: {{kind: Form, name: {name}}}\n");
        for _ in 0..1 + self.random.below(3) {
            let block = self.one(&["|", "|-", "|+", ">"]);
            let inline = |patch: &str| format!("- patch: {block}\n{}", Self::indented(patch, "    "));
            let items = [
                format!("- path: {}\n", self.file(layer, merge.clone())),
                format!("- path: {}\n", self.file(layer, notes.clone())),
                inline(&merge),
                inline(&notes),
                inline(&operations) + &target,
                format!("- path: {}\n{target}", self.file(layer, operations.clone())),
                inline("[{op: add, path: /spec/y, value: 1}]\n") + &target,
                inline("\n  [{\"op\": \"copy\", \"from\": \"/spec/none\", \"path\": \"/spec/y\"}]\n\n") + &target,
                inline(&operations)
                    + &target.replace("name: ", "name: \"${NAME}|\"").replace("}\n", ", version: v1}\n"),
            ];
            let at = self.random.below(items.len());
            Self::item(text, "patches", &items[at]);
        }
    }

    /// Keys that stand twice, names of fields in another case, and what stands behind the first document.
    fn repeats(&mut self, layer: usize, text: &mut String) {
        let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n";
        let forms = [
            "namePrefix: first-\nnamePrefix: second-\n".to_owned(),
            "nameprefix: case-\n".to_owned(),
            "commonLabels: {twice: a, twice: b}\n".to_owned(),
            "Images: [{name: nginx, newTag: \"1\", newtag: \"2\"}]\n".to_owned(),
            "COMMONANNOTATIONS: {a: b}\n".to_owned(),
            "---\nnamePrefix: nobody-reads-this-\n".to_owned(),
            "Replicas: [{Name: web, COUNT: 4}]\n".to_owned(),
            format!("patchesStrategicMerge: [{}]\n", self.file(layer, format!("{patch}spec: {{replicas: 8, replicas: 9}}\n"))),
            format!("patchesStrategicMerge: [{}]\n", self.file(layer, format!("{patch}spec: {{made: {{a: 1, a: 2}}}}\n"))),
            format!(
                "configurations: [{}]\nnameSuffix: -x\n",
                self.file(layer, "namesuffix: [{Path: data/host, kind: ConfigMap}]\n---\nnameSuffix: [{path: data/mode}]\n")
            ),
            format!("crds: [{}]\n", self.file(layer, "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n")),
            format!(
                "replacements: [{{path: {}}}]\n",
                self.file(layer, "- sourceValue: a\n  sourceValue: \"\"\n  Targets: [{select: {kind: Deployment}, fieldpaths: [metadata.labels.app]}]\n")
            ),
        ];
        let at = self.random.below(forms.len());
        let list = forms[at].split(':').next().unwrap_or("");
        // lists of mappings in two spellings are put together, which is not rendered
        if !text.to_lowercase().contains(&list.to_lowercase()) {
            text.push_str(&forms[at]);
        }
    }

    /// A selector of parts that are there or not, as patterns and as words.
    fn random_target(&mut self) -> String {
        let mut parts = Vec::new();
        for (key, values) in [
            ("group", &["apps", "\"\"", "app.*", "argoproj.io", "^apps$", "batch|apps"][..]),
            ("version", &["v1", "v1.*", "v2", "."]),
            (
                "kind",
                &[
                    "Deployment",
                    "Service",
                    "Dep.*",
                    "Deployment|Service",
                    "deployment",
                    "(Stateful|Daemon)Set",
                    ".*",
                    "C.*",
                    "^Deployment",
                    "Deployment$",
                    "[",
                ],
            ),
            ("name", &["web", "w.*", "web|db", "^web$", "\"\"", "eu-.*", ".*web", "conf", "e", "(?i)WEB"]),
            ("namespace", &["default", "ops", "shop", ".*", "o.s", "\"\""]),
            (
                "labelSelector",
                &[
                    "app=web",
                    "app",
                    "'!app'",
                    "app!=web",
                    "app in (web)",
                    "app notin (web, db)",
                    "'app=web,tier'",
                    "app==web",
                    "a b",
                    "env=prod",
                    "'app=web,'",
                ],
            ),
            ("annotationSelector", &["note", "'!note'", "note=x", "n=x"]),
        ] {
            if self.chance(4) {
                parts.push(format!("{key}: {}", self.one(values)));
            }
        }
        format!("{{{}}}", parts.join(", "))
    }

    /// A replacement whose source, target and options are drawn each by itself.
    fn random_replacement(&mut self) -> String {
        let sources = [
            ("ConfigMap", "conf", "data.host"),
            ("ConfigMap", "conf", "data.mode"),
            ("Deployment", "web", "metadata.name"),
            ("Deployment", "web", "spec.replicas"),
            ("Deployment", "web", "spec.template.spec.containers.0.image"),
            ("Deployment", "web", "spec.template.spec.containers.[name=side].image"),
            ("Deployment", "web", "metadata.labels"),
            ("Deployment", "web", "spec.template.spec.containers"),
            ("Service", "web", "spec.ports.1.port"),
            ("Service", "web", "spec.ports.[name=dns].targetPort"),
            ("Ingress", "web", "spec.rules.*.host"),
            ("Secret", "cred", "stringData.pass"),
            ("Deployment", "eu-web", "metadata.name"),
            ("Deployment", "web", "spec.nothing"),
            ("Deployment", "web", "metadata.annotations.note"),
            ("Deployment", "web", "spec.template.spec.containers.5.image"),
        ];
        let targets = [
            ("{kind: Deployment}", "metadata.labels.app"),
            ("{kind: Deployment}", "spec.template.spec.containers.*.image"),
            ("{kind: Deployment}", "spec.template.spec.containers.[name=web].env.[name=PLAIN].value"),
            ("{kind: Deployment}", "metadata.annotations.note"),
            ("{kind: Deployment}", "spec.template.spec.containers.[image=side.*].image"),
            ("{kind: Deployment}", "spec.replicas"),
            ("{kind: Deployment}", "metadata.name"),
            ("{kind: ConfigMap, name: conf}", "data.host"),
            ("{kind: ConfigMap}", "data.new"),
            ("{kind: Service}", "spec.ports.*.name"),
            ("{kind: Service}", "spec.selector"),
            ("{kind: Service}", "spec.ports.-.port"),
            ("{kind: Ingress}", "spec.rules.0.host"),
            ("{kind: Ingress}", "spec.tls.*.hosts.*"),
            ("{name: web}", "metadata.namespace"),
            ("{kind: Rollout}", "spec.template.spec.containers.*.image"),
            ("{namespace: ops}", "metadata.labels.ns"),
            ("{group: apps, version: v1}", "spec.template.metadata.labels.app"),
            ("{labelSelector: app=web}", "metadata.labels.[example.com/x]"),
            ("{kind: Deployment}", "spec.template.spec.initContainers.0.image"),
            ("{kind: Deployment}", "spec.template.spec.containers.[name=web].ports.*.containerPort"),
            ("{kind: ConfigMap, name: conf}", "data.[app.yaml].db.ports.0"),
            ("{kind: ConfigMap, name: conf}", "data.[app.json].list.0.value"),
            ("{kind: ConfigMap, name: conf}", "data.app\\.json.new"),
        ];
        let (kind, name, from) = self.one(&sources);
        let mut option = |create: bool| {
            let mut parts = Vec::new();
            if self.chance(3) {
                parts.push(format!("delimiter: '{}'", self.one(&[":", "/", ".", "-", " "])));
            }
            if self.chance(3) {
                parts.push(format!("index: {}", self.one(&["0", "1", "2", "-1", "9"])));
            }
            if create && self.chance(3) {
                parts.push(format!("create: {}", self.one(&["true", "true", "false"])));
            }
            if parts.is_empty() { String::new() } else { format!("options: {{{}}}", parts.join(", ")) }
        };
        let (of_source, of_target) = (option(false), option(true));
        let (select, to) = self.one(&targets);
        let from = if self.chance(8) { String::new() } else { format!(", fieldPath: '{from}'") };
        let of_source = if of_source.is_empty() { of_source } else { format!(", {of_source}") };
        let reject = if self.chance(4) {
            format!(
                "    reject: [{}]\n",
                self.one(&[
                    "{kind: Service}",
                    "{name: web}",
                    "{namespace: ops}",
                    "{name: web, kind: Deployment}",
                    "{labelSelector: app=web}"
                ])
            )
        } else {
            String::new()
        };
        let of_target = if of_target.is_empty() { of_target } else { format!("    {of_target}\n") };
        let more = if self.chance(4) { format!(", '{}'", self.one(&targets).1) } else { String::new() };
        format!(
            "- source: {{kind: {kind}, name: {name}{from}{of_source}}}\n  targets:\n  - select: {select}\n{reject}    fieldPaths: ['{to}'{more}]\n{of_target}"
        )
    }

    fn directive_patch(&mut self) -> String {
        let bodies = [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: side, $patch: delete}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n$patch: delete\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - $patch: replace\n      - {name: only, image: only}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector:\n    $patch: replace\n    matchLabels: {other: \"1\"}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      volumes:\n      - $patch: delete\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    metadata:\n      labels: {$patch: merge, a: b}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  $setElementOrder/containers: [{name: side}]\n  template: {spec: {$retainKeys: [containers]}}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template: {spec: {containers: [{name: web, $patch: replace, image: bare}]}}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: null, template: null}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {$patch: delete}}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {$patch: what}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, finalizers: [a], $deleteFromPrimitiveList/finalizers: [a]}\n",
        ];
        self.one(&bodies).to_owned()
    }

    fn json_patch(&mut self) -> String {
        let operations = [
            "- {op: add, path: /metadata/labels/new, value: x}\n",
            "- {op: replace, path: /metadata/name, value: other}\n",
            "- {op: add, path: /metadata/annotations/a~1b, value: \"1\"}\n",
            "- {op: remove, path: /spec/template/spec/containers/0/args}\n",
            "- {op: add, path: /spec/template/spec/containers/-, value: {name: last, image: last}}\n",
            "- {op: add, path: /spec/template/spec/containers/0, value: {name: first, image: first}}\n",
            "- {op: replace, path: /spec/replicas, value: 7}\n",
            "- {op: copy, from: /metadata/name, path: /metadata/labels}\n",
            "- {op: test, path: /spec/replicas, value: 2}\n- {op: replace, path: /spec/replicas, value: 3}\n",
            "- {op: move, from: /spec/replicas, path: /spec/minReadySeconds}\n",
            "- {op: replace, path: /metadata/annotations, value: {only: this}}\n",
            "- {op: remove, path: /metadata/annotations}\n",
            "- {op: add, path: /spec/x, value: [1, 1.50, yes, ~, 0777, \"010\", 1e3]}\n",
            "[{\"op\": \"add\", \"path\": \"/spec/paused\", \"value\": true}]\n",
        ];
        let mut out = self.one(&operations).to_owned();
        if !out.starts_with('[') && self.chance(3) {
            let more = self.one(&operations[..13]);
            out.push_str(more);
        }
        out
    }

    fn indented(text: &str, by: &str) -> String {
        text.lines().map(|line| format!("{by}{line}\n")).collect()
    }

    /// Adds an item to a list of the kustomization, which may be there already.
    fn item(text: &mut String, list: &str, item: &str) {
        let head = format!("{list}:\n");
        let at = if text.starts_with(&head) { Some(0) } else { text.find(&format!("\n{head}")).map(|at| at + 1) };
        match at {
            Some(at) => text.insert_str(at + head.len(), item),
            None => {
                text.push_str(&head);
                text.push_str(item);
            }
        }
    }

    /// Adds a field, unless it is there already.
    fn field(text: &mut String, key: &str, value: &str) {
        if !text.starts_with(&format!("{key}:")) && !text.contains(&format!("\n{key}:")) {
            let _ = write!(text, "{key}:{value}");
        }
    }

    fn add(&mut self, feature: &str, layer: usize, text: &mut String) {
        match feature {
            "namespace" => {
                let name = self.one(&["shop", "ops", "default"]);
                Self::field(text, "namespace", &format!(" {name}\n"));
            }
            "namePrefix" => {
                let name = self.one(&["eu-", "a-"]);
                Self::field(text, "namePrefix", &format!(" {name}\n"));
            }
            "nameSuffix" => Self::field(text, "nameSuffix", " -v2\n"),
            "commonLabels" => {
                let pairs = self.pairs("  ");
                Self::field(text, "commonLabels", &format!("\n{pairs}"));
            }
            "commonAnnotations" => {
                let pairs = self.pairs("  ");
                Self::field(text, "commonAnnotations", &format!("\n{pairs}"));
            }
            "labels" => {
                let pairs = self.pairs("    ");
                let more = self.one(&[
                    "",
                    "  includeSelectors: true\n",
                    "  includeTemplates: true\n",
                    "  includeTemplates: true\n  includeVolumeClaimTemplates: true\n",
                    "  fields: [{path: spec/extra/labels, kind: Rollout, create: true}]\n",
                    "  fields: [{path: metadata/labels, create: false}]\n",
                ]);
                Self::item(text, "labels", &format!("- pairs:\n{pairs}{more}"));
            }
            "merge" => {
                let patch = self.merge_patch();
                let item = if self.chance(2) {
                    format!("- path: {}\n", self.file(layer, patch))
                } else {
                    format!("- patch: |-\n{}", Self::indented(&patch, "    "))
                };
                Self::item(text, "patches", &item);
            }
            "mergeTarget" => {
                let patch = self.merge_patch();
                let target = self.target();
                let item = format!("- patch: |-\n{}  target: {target}\n", Self::indented(&patch, "    "));
                Self::item(text, "patches", &item);
            }
            "mergeList" => {
                let patches = [
                    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80, nodePort: 3000}, {port: 443}]}\n",
                    "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {rules: [{host: b.example.com}]}\n",
                    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner}\nimagePullSecrets: [{name: more}]\nsecrets: [{name: x}]\n",
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {mode: slow, new: \"1\"}\n",
                    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: read}\nsubjects: [{kind: User, name: me}]\n",
                ];
                let patch = self.one(&patches);
                Self::item(text, "patches", &format!("- patch: |-\n{}", Self::indented(patch, "    ")));
            }
            "oddLists" => {
                let name = format!("odd{}", self.files.len());
                let (own, patch) = (self.odd_object(&name, false), self.odd_object(&name, true));
                let file = self.file(layer, own);
                Self::item(text, "resources", &format!("- {file}\n"));
                Self::item(text, "patches", &format!("- patch: |-\n{}", Self::indented(&patch, "    ")));
            }
            "directive" => {
                let patch = self.directive_patch();
                Self::item(text, "patches", &format!("- patch: |-\n{}", Self::indented(&patch, "    ")));
            }
            "rename" => {
                let (kind, api, name) = self.workload();
                let option = self.one(&["allowNameChange", "allowKindChange"]);
                let item = format!(
                    "- patch: |-\n    apiVersion: {api}\n    kind: Other\n    metadata: {{name: renamed, namespace: elsewhere}}\n  target: {{kind: {kind}, name: {name}}}\n  options: {{{option}: true}}\n"
                );
                Self::item(text, "patches", &item);
            }
            "json" | "jsonFile" => {
                let patch = self.json_patch();
                let target = self.target();
                let item = if feature == "jsonFile" {
                    format!("- path: {}\n  target: {target}\n", self.file(layer, patch))
                } else {
                    format!("- patch: |-\n{}  target: {target}\n", Self::indented(&patch, "    "))
                };
                Self::item(text, "patches", &item);
            }
            "patchesStrategicMerge" => {
                let patch = if self.chance(4) { self.directive_patch() } else { self.merge_patch() };
                let item = if self.chance(2) {
                    format!("- {}\n", self.file(layer, patch))
                } else {
                    format!("- |-\n{}", Self::indented(&patch, "  "))
                };
                Self::item(text, "patchesStrategicMerge", &item);
            }
            "patchesJson6902" => {
                let patch = self.json_patch();
                let (kind, api, name) = self.workload();
                let (group, version) = api.split_once('/').unwrap();
                let item = format!(
                    "- target: {{group: {group}, version: {version}, kind: {kind}, name: {name}}}\n  patch: |-\n{}",
                    Self::indented(&patch, "    ")
                );
                Self::item(text, "patchesJson6902", &item);
            }
            "images" => {
                let items = [
                    "- {name: nginx, newTag: \"2\"}\n",
                    "- {name: nginx, newName: mirror/nginx}\n",
                    "- {name: side, newTag: v3}\n",
                    "- {name: nginx, digest: \"sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3\"}\n",
                    "- {name: \"example.com:5000/agent\", newTag: v2, newName: agent}\n",
                    "- {name: busybox, tagSuffix: -alpine}\n",
                    "- {name: .*busybox, newTag: \"1\"}\n",
                    "- {name: \"[\", newTag: \"1\"}\n",
                    "- {name: nginx, newTag: \"2\", digest: \"sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3\"}\n",
                ];
                let item = self.one(&items);
                Self::item(text, "images", item);
            }
            "replicas" => {
                let item = self.one(&[
                    "- {name: web, count: 4}\n",
                    "- {name: db, count: 0}\n",
                    "- {name: eu-web, count: 3}\n",
                ]);
                Self::item(text, "replicas", item);
            }
            "replacements" => {
                let item = self.replacement();
                if self.chance(4) {
                    let file = self.file(layer, item);
                    Self::item(text, "replacements", &format!("- path: {file}\n"));
                } else {
                    Self::item(text, "replacements", &item);
                }
            }
            "configMapGenerator" | "secretGenerator" => {
                let file = self.file(layer, "a: 1\nb: |\n  text <&>\n");
                let envs = self.file(layer, "\u{feff}# note\nA=1\n  B = two words \nC=\"q\"\nD\n\nE=a=b\n");
                let items = [
                    "  literals: [mode=fast, when=2024-01-01, \"quoted='a b'\", \"n=1\"]\n".to_owned(),
                    format!("  files: [{file}, renamed={file}]\n"),
                    format!("  envs: [{envs}]\n"),
                    format!("  env: {envs}\n  literals: [z=1]\n"),
                    "  literals: [a=b]\n  options: {disableNameSuffixHash: true, labels: {l: \"1\"}, annotations: {n: x}}\n".to_owned(),
                    "  literals: [a=b]\n  options: {immutable: true}\n  namespace: ops\n".to_owned(),
                    "  literals: ['long=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbb']\n".to_owned(),
                    "  literals: [a=1, a=2]\n".to_owned(),
                    "".to_owned(),
                ];
                let at = self.random.below(items.len());
                let mut item = format!("- name: made\n{}", items[at]);
                if feature == "secretGenerator" && self.chance(2) {
                    item.push_str("  type: example.com/odd\n");
                }
                Self::item(text, feature, &item);
            }
            "generatorOptions" => {
                let options = self.one(&[
                    "\n  disableNameSuffixHash: true\n",
                    "\n  labels: {from: options}\n  annotations: {note: \"1\"}\n",
                    "\n  immutable: true\n",
                ]);
                Self::field(text, "generatorOptions", options);
                Self::item(text, "configMapGenerator", "- name: opted\n  literals: [a=b]\n");
            }
            "generatorMerge" => {
                let how = self.one(&["merge", "replace", "create"]);
                let name = self.one(&["conf", "made", "conf"]);
                Self::item(
                    text,
                    "configMapGenerator",
                    &format!("- name: {name}\n  behavior: {how}\n  literals: [mode=merged, more=1]\n"),
                );
            }
            "configurations" => {
                let configs = [
                    "nameReference:\n- kind: ConfigMap\n  version: v1\n  fieldSpecs:\n  - {kind: Rollout, path: spec/conf/name}\n- kind: Deployment\n  fieldSpecs: [{kind: Rollout, path: spec/workloadRef/name}]\n",
                    "commonLabels:\n- {path: spec/labels, kind: Rollout, create: true}\n",
                    "images:\n- {path: spec/image, kind: Rollout}\nreplicas:\n- {path: spec/replicas, kind: Rollout, create: true}\n",
                    "namePrefix:\n- {path: spec/title, kind: Rollout, create: true}\nnamespace:\n- {path: spec/space, kind: Rollout, create: true}\n",
                    "varReference:\n- {path: spec/host, kind: Ingress}\n- {path: data/host, kind: ConfigMap}\ncommonAnnotations:\n- {path: spec/notes, create: true, kind: Rollout}\n",
                    "commonLabels:\n- {path: metadata/labels, create: false}\n",
                ];
                let config = self.one(&configs);
                let file = self.file(layer, config);
                Self::item(text, "configurations", &format!("- {file}\n"));
            }
            "vars" => {
                let items = [
                    "- {name: HOST, objref: {kind: ConfigMap, name: conf, apiVersion: v1}, fieldref: {fieldpath: data.host}}\n",
                    "- {name: HOST, objref: {kind: Deployment, name: web, apiVersion: apps/v1}}\n",
                    "- {name: PORT, objref: {kind: Deployment, name: web, group: apps, version: v1}, fieldref: {fieldPath: \"spec.template.spec.containers[0].ports[0].containerPort\"}}\n",
                    "- {name: UNUSED, objref: {kind: Deployment, name: web, apiVersion: apps/v1}, fieldref: {fieldpath: spec.replicas}}\n",
                ];
                let item = self.one(&items);
                Self::item(text, "vars", item);
            }
            "buildMetadata" => {
                let value = self.one(&[
                    " [originAnnotations]\n",
                    " [managedByLabel]\n",
                    " [transformerAnnotations]\n",
                    " [originAnnotations, transformerAnnotations, managedByLabel]\n",
                ]);
                Self::field(text, "buildMetadata", value);
            }
            "sortOptions" => {
                let value = self.one(&[
                    " {order: fifo}\n",
                    " {order: legacy}\n",
                    " {order: legacy, legacySortOptions: {orderFirst: [Service], orderLast: [Deployment]}}\n",
                ]);
                Self::field(text, "sortOptions", value);
            }
            "transformers" | "inlineTransformers" => {
                let plugin = self.transformer(layer);
                let item = if feature == "transformers" {
                    format!("- {}\n", self.file(layer, plugin))
                } else {
                    format!("- |-\n{}", Self::indented(&plugin, "  "))
                };
                Self::item(text, "transformers", &item);
            }
            "generators" => {
                let plugins = [
                    "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: plugged}\nliterals: [a=1, b=two]\n",
                    "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: plugged, namespace: ops}\nliterals: [a=1]\ntype: x/y\n",
                    "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: plug}\nname: named\nbehavior: create\noptions: {disableNameSuffixHash: true}\nliterals: [a=1]\n",
                    "apiVersion: builtin\nkind: IAMPolicyGenerator\nmetadata: {name: plug}\ncloud: gke\nkubernetesService: {name: k8s, namespace: ops}\nserviceAccount: {name: acc, projectId: proj}\n",
                    "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: plug}\nprefix: a\n",
                ];
                let plugin = self.one(&plugins);
                let item = if self.chance(2) {
                    format!("- {}\n", self.file(layer, plugin))
                } else {
                    format!("- |-\n{}", Self::indented(plugin, "  "))
                };
                Self::item(text, "generators", &item);
            }
            "validators" => {
                let plugin = self.one(&[
                    "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: check}\nlabels: {app: web}\nfieldSpecs: [{path: metadata/nothing}]\n",
                    "apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {name: check}\nannotations: {app: web}\nfieldSpecs: [{path: metadata/annotations, create: true}]\n",
                ]);
                let file = self.file(layer, plugin);
                Self::item(text, "validators", &format!("- {file}\n"));
            }
            "components" => {
                let name = format!("c{}", self.files.len());
                let mut inner = String::from("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n");
                for _ in 0..2 {
                    let feature = self.one(&[
                        "namePrefix",
                        "labels",
                        "merge",
                        "json",
                        "images",
                        "configMapGenerator",
                        "namespace",
                        "commonAnnotations",
                        "replacements",
                    ]);
                    let before = self.files.len();
                    self.add(feature, layer, &mut inner);
                    let own = format!("l{layer}/");
                    for (path, _) in self.files.iter_mut().skip(before) {
                        *path = path.replace(&own, &format!("{name}/"));
                    }
                }
                self.files.push((format!("{name}/kustomization.yaml"), inner));
                Self::item(text, "components", &format!("- ../{name}\n"));
            }
            "openapi" => {
                let file = self.file(
                    layer,
                    "{\"definitions\": {\"x.Rollout\": {\"type\": \"object\", \"x-kubernetes-group-version-kind\": [{\"group\": \"argoproj.io\", \"version\": \"v1alpha1\", \"kind\": \"Rollout\"}], \"properties\": {\"spec\": {\"$ref\": \"#/definitions/x.Spec\"}}}, \"x.Spec\": {\"type\": \"object\", \"properties\": {\"template\": {\"properties\": {\"spec\": {\"properties\": {\"containers\": {\"type\": \"array\", \"items\": {\"type\": \"object\"}, \"x-kubernetes-patch-merge-key\": \"name\", \"x-kubernetes-patch-strategy\": \"merge\"}}}}}}}}}\n",
                );
                let value = self.one(&["path", "path", "path", "version"]);
                let value =
                    if value == "path" { format!("\n  path: {file}\n") } else { "\n  version: v1.21.2\n".into() };
                Self::field(text, "openapi", &value);
            }
            "crds" => {
                let file = self.file(
                    layer,
                    "{\"io.Rollout\": {\"Schema\": {\"properties\": {\"apiVersion\": {\"type\": \"string\"}, \"kind\": {\"type\": \"string\"}, \"metadata\": {\"type\": \"object\"}, \"spec\": {\"$ref\": \"io.Spec\"}}}}, \"io.Spec\": {\"Schema\": {\"properties\": {\"conf\": {\"x-kubernetes-object-ref-api-version\": \"v1\", \"x-kubernetes-object-ref-kind\": \"ConfigMap\"}, \"template\": {\"x-kubernetes-annotation\": \"\", \"x-kubernetes-label-selector\": \"\"}}}}}\n",
                );
                Self::item(text, "crds", &format!("- {file}\n"));
            }
            "otherBase" => {
                let name = format!("b{}", self.files.len());
                let object = self.one(&[
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf, namespace: second}\ndata: {a: b}\n",
                    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web, image: nginx, envFrom: [{configMapRef: {name: made}}]}]}}}\n",
                    "apiVersion: v1\nkind: Service\nmetadata: {name: second}\nspec: {selector: {app: second}}\n",
                ]);
                let prefix = self.one(&["", "namePrefix: b-\n", "nameSuffix: -b\nnamespace: second\n"]);
                self.files.push((format!("{name}/o.yaml"), object.to_owned()));
                let made = self.one(&["", "configMapGenerator: [{name: made, literals: [a=b]}]\n"]);
                self.files.push((format!("{name}/kustomization.yml"), format!("resources: [o.yaml]\n{prefix}{made}")));
                Self::item(text, "resources", &format!("- ../{name}\n"));
            }
            "resourceForms" => {
                let object = self.resource_form();
                let file = self.file(layer, object);
                Self::item(text, "resources", &format!("- {file}\n"));
            }
            "spellings" => self.spellings(layer, text),
            "repeats" => self.repeats(layer, text),
            "selectors" => {
                let target = self.random_target();
                let patch = if self.chance(2) { self.json_patch() } else { self.merge_patch() };
                let item = format!("- patch: |-\n{}  target: {target}\n", Self::indented(&patch, "    "));
                Self::item(text, "patches", &item);
            }
            "replacementForms" => {
                let item = self.random_replacement();
                Self::item(text, "replacements", &item);
            }
            "imageForms" => {
                let names = [
                    "nginx",
                    "docker.io/busybox",
                    "busybox",
                    "side",
                    "postgres",
                    "example.com:5000/agent",
                    "ngin.",
                    "web",
                    "(nginx|side)",
                    ".*",
                ];
                let mut item = format!("- name: {}\n", self.one(&names));
                for (key, values) in [
                    ("newName", &["mirror/x", "\"\"", "localhost:5000/y"][..]),
                    ("newTag", &["v9", "\"1.10\"", "\"\"", "latest"]),
                    ("digest", &["sha256:abc", "\"\""]),
                    ("tagSuffix", &["-x", "\"\""]),
                ] {
                    if self.chance(2) {
                        let _ = writeln!(item, "  {key}: {}", self.one(values));
                    }
                }
                let list = self.one(&["images", "images", "images", "imageTags"]);
                Self::item(text, list, &item);
            }
            "diamond" => {
                // two ways to what the base is made of
                let name = format!("d{}", self.files.len());
                let how = [
                    "namePrefix: x-\n",
                    "nameSuffix: -y\n",
                    "namespace: elsewhere\n",
                    "",
                    "namePrefix: x-\nnamespace: shop\n",
                    "namePrefix: \"\"\n",
                ];
                let inner = [
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\ndata: {a: b}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: shared}\nspec: {containers: [{name: c, image: nginx, envFrom: [{configMapRef: {name: shared}}]}]}\n",
                    "apiVersion: v1\nkind: Service\nmetadata: {name: shared}\nspec: {ports: [{port: 1}]}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shared}\nspec: {defaultBackend: {service: {name: shared, port: {number: 1}}}}\n",
                    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shared}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: shared}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}\nsubjects: [{kind: ServiceAccount, name: shared}]\n",
                ];
                let object = self.one(&inner);
                let made = self.one(&["", "configMapGenerator: [{name: shared-made, literals: [a=b]}]\n"]);
                self.files.push((format!("{name}/o.yaml"), object.to_owned()));
                self.files.push((format!("{name}/kustomization.yaml"), format!("resources: [o.yaml]\n{made}")));
                for side in ["l", "r"] {
                    let how = self.one(&how);
                    self.files
                        .push((format!("{name}{side}/kustomization.yaml"), format!("resources: [../{name}]\n{how}")));
                    Self::item(text, "resources", &format!("- ../{name}{side}\n"));
                }
            }
            "moreComponents" => {
                let name = format!("m{}", self.files.len());
                let mut inner = String::from("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n");
                for _ in 0..1 + self.random.below(3) {
                    let feature = self.one(&[
                        "nameSuffix",
                        "commonLabels",
                        "mergeTarget",
                        "patchesStrategicMerge",
                        "patchesJson6902",
                        "replicas",
                        "secretGenerator",
                        "generatorOptions",
                        "generatorMerge",
                        "configurations",
                        "vars",
                        "transformers",
                        "inlineTransformers",
                        "generators",
                        "components",
                        "crds",
                        "resourceForms",
                        "selectors",
                        "replacementForms",
                        "labelForms",
                        "patchForms",
                        "otherBase",
                    ]);
                    let before = self.files.len();
                    self.add(feature, layer, &mut inner);
                    let own = format!("l{layer}/");
                    for (path, _) in self.files.iter_mut().skip(before) {
                        if let Some(rest) = path.strip_prefix(&own) {
                            *path = format!("{name}/{rest}");
                        }
                    }
                }
                self.files.push((format!("{name}/kustomization.yaml"), inner));
                Self::item(text, "components", &format!("- ../{name}\n"));
            }
            "labelForms" => {
                let mut item = String::new();
                let pairs = self.pairs("    ");
                let _ = write!(item, "- pairs:\n{pairs}");
                for flag in ["includeSelectors", "includeTemplates", "includeVolumeClaimTemplates"] {
                    if self.chance(3) {
                        let _ = writeln!(item, "  {flag}: {}", self.one(&["true", "false"]));
                    }
                }
                if self.chance(2) {
                    let path = self.one(&[
                        "spec/made/labels",
                        "metadata/labels",
                        "spec/template/metadata/labels",
                        "spec/selector/matchLabels",
                        "spec/ports/labels",
                        "spec/template/spec/containers[]/labels",
                        "data",
                    ]);
                    let of = self.one(&[
                        "",
                        ", kind: Deployment",
                        ", group: apps",
                        ", version: v1",
                        ", kind: Service, version: v1",
                        ", group: apps, kind: StatefulSet",
                    ]);
                    let create = self.one(&["", ", create: true", ", create: false"]);
                    let _ = writeln!(item, "  fields: [{{path: '{path}'{of}{create}}}]");
                }
                Self::item(text, "labels", &item);
            }
            "patchForms" => {
                let (one, other) = (self.merge_patch(), self.directive_patch());
                let two = format!("{one}---\n{other}");
                let target = self.target();
                let items = [
                    format!("- path: {}\n", self.file(layer, two.clone())),
                    format!("- path: {}\n  target: {target}\n", self.file(layer, two.clone())),
                    format!("- patch: |-\n{}  options: {{allowKindChange: true, allowNameChange: true}}\n", Self::indented(&one, "    ")),
                    format!("- path: {}\n", self.file(layer, format!("# nothing\n---\n{one}---\n"))),
                    "- patch: '{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"metadata\": {\"name\": \"web\"}, \"spec\": {\"paused\": true}}'\n".to_owned(),
                    format!("- patch: '[{{\"op\": \"replace\", \"path\": \"/metadata/name\", \"value\": \"json\"}}]'\n  target: {target}\n"),
                    format!("- path: {}\n  target: {target}\n", self.file(layer, "# nothing\n")),
                    format!("- path: {}\n  target: {target}\n", self.file(layer, "- {op: add, path: /metadata/annotations, value: {}}\n---\n- {op: add, path: /metadata/annotations/a, value: b}\n")),
                    format!("- patch: |-\n    metadata: {{name: any, labels: {{any: \"1\"}}}}\n  target: {target}\n"),
                    format!("- patch: |-\n    apiVersion: v1\n    kind: Any\n    metadata: {{name: any, annotations: {{any: \"1\"}}}}\n    spec: null\n  target: {target}\n"),
                    format!("- patch: |-\n    apiVersion: v1\n    kind: Any\n    metadata: {{name: any}}\n    $patch: delete\n  target: {target}\n"),
                    "- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: conf}\n    data: {mode: null, host: 1.10, \"yes\": on}\n".to_owned(),
                    format!("- patch: |-\n    x: &x {{patched: \"1\"}}\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {{name: web, labels: {{<<: *x, more: \"2\"}}}}\n  target: {target}\n"),
                ];
                let at = self.random.below(items.len());
                Self::item(text, "patches", &items[at]);
            }
            "generatorForms" => {
                let list = self.one(&["configMapGenerator", "secretGenerator"]);
                let mut item = format!("- name: {}\n", self.one(&["made", "forms", "conf", "cred"]));
                if self.chance(3) {
                    let _ = writeln!(item, "  behavior: {}", self.one(&["create", "merge", "replace", "\"\""]));
                }
                if self.chance(4) {
                    let _ = writeln!(item, "  namespace: {}", self.one(&["ops", "shop", "default"]));
                }
                if self.chance(2) {
                    let literal = self.one(&[
                        "a=1",
                        "b=\"x\"",
                        "c='y'",
                        "'d=\"q\"'",
                        "e=",
                        "f=a=b",
                        "'g=  s '",
                        "'h=l1\\nl2'",
                        "'i=\u{e9}\u{1F600}'",
                        "'j=<a&b>'",
                        "'k=2024-01-01'",
                        "bad",
                        "'=x'",
                        "'m n=1'",
                        "'o=''\"'",
                    ]);
                    let _ = writeln!(item, "  literals: [{literal}, z=1]");
                }
                if self.chance(3) {
                    let content = self.one(&["plain\n", "", "\ttab\n", "a\r\nb\r\n", "trail \n  lead\n", "\u{feff}bom\n", "# c\nk: v\n", "no end", "\n\nblank\n\n", "key: \"é\"\n", "\u{7}bell\n", "long aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccc\n"]);
                    let file = self.file(layer, content);
                    let _ = writeln!(item, "  files: [{}{file}]", self.one(&["", "", "key=", "a.b_c-D=", "bad key="]));
                }
                if self.chance(4) {
                    let envs = self.one(&[
                        "A=1\n",
                        "A\n",
                        "# c\n\nA=1\n",
                        " A=1\n",
                        "A= 1 \n",
                        "A=1\r\nB=2\r\n",
                        "A='q'\n",
                        "export A=1\n",
                        "A=1\nA=2\n",
                        "1A=2\n",
                        "A.b=1\n",
                        "=1\n",
                    ]);
                    let file = self.file(layer, envs);
                    let _ = writeln!(item, "  envs: [{file}]");
                }
                if self.chance(3) {
                    let options = self.one(&[
                        "{disableNameSuffixHash: true}",
                        "{labels: {l: a}}",
                        "{annotations: {n: a}}",
                        "{immutable: true}",
                        "{immutable: false}",
                        "{labels: {l: \"1\"}, disableNameSuffixHash: false}",
                    ]);
                    let _ = writeln!(item, "  options: {options}");
                }
                if list == "secretGenerator" && self.chance(3) {
                    let _ = writeln!(item, "  type: {}", self.one(&["Opaque", "kubernetes.io/tls", "\"\""]));
                }
                if self.chance(3) {
                    let options = self.one(&[
                        "\n  disableNameSuffixHash: true\n",
                        "\n  labels: {shared: a, l: b}\n",
                        "\n  annotations: {n: shared}\n  immutable: true\n",
                    ]);
                    Self::field(text, "generatorOptions", options);
                }
                Self::item(text, list, &item);
            }
            "folders" => {
                // transformers or generators that are a kustomization of their own
                let name = format!("t{}", self.files.len());
                let plugin = self.transformer(layer);
                let prefix = self.one(&["", "namePrefix: t-\n", "commonLabels: {of: folder}\n"]);
                self.files.push((format!("{name}/p.yaml"), plugin));
                self.files.push((format!("{name}/kustomization.yaml"), format!("resources: [p.yaml]\n{prefix}")));
                Self::item(text, "transformers", &format!("- ../{name}\n"));
            }
            "configurationForms" => {
                let mut config = String::new();
                for _ in 0..1 + self.random.below(3) {
                    let table = self.one(&[
                        "namePrefix",
                        "nameSuffix",
                        "namespace",
                        "labels",
                        "commonLabels",
                        "templateLabels",
                        "volumeClaimTemplateLabels",
                        "commonAnnotations",
                        "images",
                        "replicas",
                        "varReference",
                        "nameReference",
                        "nameReference",
                    ]);
                    let mut specs = Vec::new();
                    for _ in 0..1 + self.random.below(2) {
                        specs.push(self.field_spec());
                    }
                    let item = if table == "nameReference" {
                        let of = self.one(&[
                            "kind: ConfigMap, version: v1",
                            "kind: ConfigMap",
                            "kind: Secret, version: v1",
                            "kind: Service",
                            "group: apps, kind: Deployment",
                            "kind: ServiceAccount",
                            "version: v1",
                            "kind: Rollout",
                        ]);
                        format!("- {{{of}, fieldSpecs: [{}]}}\n", specs.join(", "))
                    } else {
                        specs.iter().map(|spec| format!("- {spec}\n")).collect()
                    };
                    Self::item(&mut config, table, &item);
                }
                let file = self.file(layer, config);
                Self::item(text, "configurations", &format!("- {file}\n"));
            }
            "sortForms" => {
                let mut parts = Vec::new();
                if !self.chance(5) {
                    parts
                        .push(format!("order: {}", self.one(&["legacy", "legacy", "legacy", "fifo", "\"\"", "other"])));
                }
                if self.chance(2) {
                    let kinds =
                        ["Deployment", "Service", "ConfigMap", "Namespace", "Rollout", "Nothing", "Service", "Secret"];
                    let mut lists = Vec::new();
                    for list in ["orderFirst", "orderLast"] {
                        if !self.chance(4) {
                            let mut of = Vec::new();
                            for _ in 0..self.random.below(4) {
                                of.push(self.one(&kinds));
                            }
                            lists.push(format!("{list}: [{}]", of.join(", ")));
                        }
                    }
                    parts.push(format!("legacySortOptions: {{{}}}", lists.join(", ")));
                }
                Self::field(text, "sortOptions", &format!(" {{{}}}\n", parts.join(", ")));
            }
            "replicaForms" => {
                let name = self.one(&["web", "db", "eu-web", "canary", "agent", "web-v2", "a-web", "conf"]);
                let count = self.one(&["0", "1", "7", "-1", "1000000", "\"3\"", "2.0", "0x10"]);
                Self::item(text, "replicas", &format!("- {{name: {name}, count: {count}}}\n"));
            }
            "varForms" => {
                let name = self.one(&["HOST", "PORT", "A.b", "HOST"]);
                let of = self.one(&[
                    "kind: ConfigMap, name: conf, apiVersion: v1",
                    "kind: ConfigMap, name: conf, version: v1",
                    "kind: Deployment, name: web, apiVersion: apps/v1",
                    "kind: Deployment, name: web, group: apps, version: v1",
                    "kind: Deployment, name: web, apiVersion: apps/v1, namespace: ops",
                    "kind: Service, name: web, apiVersion: v1",
                    "kind: DaemonSet, name: agent, apiVersion: apps/v1",
                    "kind: Deployment, name: eu-web, apiVersion: apps/v1",
                    "kind: DaemonSet, name: agent, apiVersion: apps/v1, namespace: ops",
                    "kind: ConfigMap, name: made, apiVersion: v1",
                    "kind: ConfigMap, name: conf",
                ]);
                let path = self.one(&[
                    "",
                    "metadata.name",
                    "metadata.namespace",
                    "spec.replicas",
                    "data.host",
                    "data.mode",
                    "metadata.labels.app",
                    "spec.template.spec.containers[0].image",
                    "spec.template.spec.containers[1].name",
                    "spec.template.spec.containers[9].name",
                    "spec.ports[0].port",
                    "metadata.annotations.note",
                    "spec.selector",
                    "metadata.labels",
                    "data['app.json']",
                    "spec.template.spec.containers",
                ]);
                let path =
                    if path.is_empty() { String::new() } else { format!(", fieldref: {{fieldpath: \"{path}\"}}") };
                Self::item(text, "vars", &format!("- {{name: {name}, objref: {{{of}}}{path}}}\n"));
            }
            "crdForms" => {
                let kind = self.one(&["Rollout", "Form", "Deployment"]);
                let field = self.one(&["conf", "template", "workloadRef", "extra"]);
                let mut marks = Vec::new();
                for (key, values) in [
                    ("x-kubernetes-object-ref-api-version", &["v1", "apps/v1"][..]),
                    ("x-kubernetes-object-ref-kind", &["ConfigMap", "Secret", "Deployment"]),
                    ("x-kubernetes-object-ref-name-key", &["name", "ref"]),
                    ("x-kubernetes-annotation", &[""]),
                    ("x-kubernetes-label-selector", &[""]),
                    ("x-kubernetes-identity", &[""]),
                    ("type", &["object", "array"]),
                ] {
                    if self.chance(2) {
                        marks.push(format!("\"{key}\": \"{}\"", self.one(values)));
                    }
                }
                let marks = marks.join(", ");
                let schema = self.one(&["Schema", "Schema", "schema"]);
                let file = self.file(
                    layer,
                    format!("{{\"x.{kind}\": {{\"{schema}\": {{\"properties\": {{\"apiVersion\": {{\"type\": \"string\"}}, \"kind\": {{\"type\": \"string\"}}, \"metadata\": {{\"type\": \"object\"}}, \"spec\": {{\"$ref\": \"x.Spec\"}}}}}}}}, \"x.Spec\": {{\"{schema}\": {{\"properties\": {{\"{field}\": {{{marks}}}}}}}}}}}\n"),
                );
                Self::item(text, "crds", &format!("- {file}\n"));
                let name = format!("crd{}", self.files.len());
                let object = format!(
                    "apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{conf: {{name: conf}}, workloadRef: {{name: web, ref: web}}, extra: cred}}\n"
                );
                let object = self.file(layer, object);
                Self::item(text, "resources", &format!("- {object}\n"));
            }
            other => panic!("{other}: no such feature"),
        }
    }

    fn replacement(&mut self) -> String {
        let sources = [
            "{kind: ConfigMap, name: conf, fieldPath: data.host}",
            "{kind: Deployment, name: web}",
            "{kind: Deployment, name: web, fieldPath: spec.replicas}",
            "{kind: Deployment, name: web, fieldPath: \"spec.template.spec.containers.[name=web].image\", options: {delimiter: \":\", index: 1}}",
            "{kind: ConfigMap, name: conf, fieldPath: data.host, options: {delimiter: ., index: 1}}",
            "{kind: Deployment, name: web, fieldPath: spec.selector}",
            "{kind: Deployment, name: web, fieldPath: spec.template.spec.containers.0.ports.0.containerPort}",
            "{kind: Deployment, fieldPath: metadata.namespace}",
        ];
        let targets = [
            "- select: {kind: Deployment}\n    fieldPaths: [\"spec.template.spec.containers.[name=web].env.[name=PLAIN].value\"]\n",
            "- select: {kind: ConfigMap, name: conf}\n    fieldPaths: [data.mode]\n",
            "- select: {kind: ConfigMap, name: conf}\n    fieldPaths: [data.app\\.json.a.b]\n",
            "- select: {kind: ConfigMap, name: conf}\n    fieldPaths: [\"data.[app.json].list.[name=x].value\"]\n",
            "- select: {kind: ConfigMap, name: conf}\n    fieldPaths: [\"data.[app.yaml].db.host\"]\n",
            "- select: {kind: Deployment}\n    fieldPaths: [metadata.labels.made, \"metadata.annotations.[example.com/made]\"]\n    options: {create: true}\n",
            "- select: {name: web}\n    reject: [{kind: Deployment}]\n    fieldPaths: [metadata.labels.app]\n    options: {create: true}\n",
            "- select: {kind: Deployment}\n    fieldPaths: [spec.template.spec.containers.*.image]\n    options: {delimiter: \":\", index: 1}\n",
            "- select: {kind: Ingress}\n    fieldPaths: [spec.rules.0.host, spec.tls.0.hosts.0]\n    options: {delimiter: ., index: 0}\n",
            "- select: {kind: Service}\n    fieldPaths: [spec.ports.0.port]\n",
            "- select: {kind: Deployment, name: web}\n    fieldPaths: [\"spec.template.spec.containers.[name=new].image\"]\n    options: {create: true}\n",
            "- select: {kind: Deployment}\n    fieldPaths: [spec.nothing.here]\n",
            "- select: {labelSelector: app=web}\n    fieldPaths: [spec.replicas]\n",
            "- select: {kind: Rollout}\n    fieldPaths: [spec.template.spec.containers.1.image]\n    options: {delimiter: /, index: -1}\n",
        ];
        let source = self.one(&sources);
        let target = self.one(&targets);
        if self.chance(8) {
            return format!("- sourceValue: \"12\"\n  targets:\n  {target}");
        }
        format!("- source: {source}\n  targets:\n  {target}")
    }

    fn transformer(&mut self, layer: usize) -> String {
        let patch = self.merge_patch();
        let file = self.file(layer, patch.clone());
        let inline = Self::indented(&patch, "  ");
        let json = Self::indented(&self.json_patch(), "  ");
        let target = self.target();
        let replacement = self.replacement();
        let plugins = [
            "kind: PrefixTransformer\nmetadata: {name: x}\nprefix: p-\nfieldSpecs: [{path: metadata/name}]\n".to_owned(),
            "kind: SuffixTransformer\nmetadata: {name: x}\nsuffix: -s\nfieldSpecs: [{path: metadata/name, kind: ConfigMap}]\n".into(),
            "kind: PrefixSuffixTransformer\nmetadata: {name: x}\nprefix: p-\nsuffix: -s\nfieldSpecs: [{path: metadata/name}]\n".into(),
            "kind: PrefixTransformer\nmetadata: {name: x}\nprefix: p-\n".into(),
            "kind: NamespaceTransformer\nmetadata: {name: x, namespace: moved}\nfieldSpecs: [{path: metadata/namespace, create: true}]\n".into(),
            "kind: NamespaceTransformer\nmetadata: {name: x, namespace: moved}\nunsetOnly: true\nsetRoleBindingSubjects: allServiceAccounts\n".into(),
            "kind: NamespaceTransformer\nmetadata: {name: x, namespace: moved}\nsetRoleBindingSubjects: none\nfieldSpecs: [{path: metadata/name, kind: Namespace, create: true}]\n".into(),
            "kind: LabelTransformer\nmetadata: {name: x}\nlabels: {plugged: \"1\"}\nfieldSpecs: [{path: metadata/labels, create: true}, {path: spec/template/metadata/labels, kind: Deployment}]\n".into(),
            "kind: AnnotationsTransformer\nmetadata: {name: x}\nannotations: {plugged: \"1\"}\nfieldSpecs: [{path: metadata/annotations, create: true}]\n".into(),
            "kind: ImageTagTransformer\nmetadata: {name: x}\nimageTag: {name: nginx, newTag: \"9\"}\nfieldSpecs: [{path: spec/image}]\n".into(),
            "kind: ReplicaCountTransformer\nmetadata: {name: x}\nreplica: {name: canary, count: 9}\nfieldSpecs: [{path: spec/replicas, create: true, kind: Rollout}]\n".into(),
            format!("kind: PatchTransformer\nmetadata: {{name: x}}\npath: {file}\n"),
            format!("kind: PatchTransformer\nmetadata: {{name: x}}\ntarget: {target}\npatch: |-\n{inline}"),
            format!("kind: PatchTransformer\nmetadata: {{name: x}}\ntarget: {target}\npatch: |-\n{json}"),
            format!("kind: PatchStrategicMergeTransformer\nmetadata: {{name: x}}\npaths: [{file}]\n"),
            format!("kind: PatchStrategicMergeTransformer\nmetadata: {{name: x}}\npatches: |-\n{inline}"),
            format!("kind: PatchJson6902Transformer\nmetadata: {{name: x}}\ntarget: {{group: apps, version: v1, kind: Deployment, name: web}}\njsonOp: |-\n{json}"),
            format!("kind: ReplacementTransformer\nmetadata: {{name: x}}\nreplacements:\n{replacement}"),
            "kind: ValueAddTransformer\nmetadata: {name: x}\nvalue: added\ntargets:\n- {fieldPath: metadata/labels/added}\n- {selector: {kind: Deployment}, fieldPath: spec/path, filePathPosition: 2}\n".into(),
            "kind: HashTransformer\nmetadata: {name: x}\n".into(),
            "kind: ConfigMapGenerator\nmetadata: {name: x}\n".into(),
        ];
        let at = self.random.below(plugins.len());
        format!("apiVersion: builtin\n{}", plugins[at])
    }
}
