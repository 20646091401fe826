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
pub const FEATURES: [&str; 34] = [
    "namespace",
    "namePrefix",
    "nameSuffix",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "merge",
    "mergeTarget",
    "mergeList",
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
