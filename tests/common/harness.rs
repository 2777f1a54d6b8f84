//! The real binary, built once; chains in temporary directories; processes that end with the test.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What the workspace builds and these suites run.
struct Built {
    tenor: PathBuf,
    chain: PathBuf,
}

/// `TENOR_BIN` with the examples beside it, or what cargo builds: all of the workspace, tests included, because `cargo test
/// --workspace` has just built the same, and fewer packages at once would need other features and be built anew.
fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| {
        if let Some(path) = std::env::var_os("TENOR_BIN") {
            let tenor = PathBuf::from(path);
            let chain = tenor.with_file_name("examples").join("chain");
            return Built { tenor, chain };
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        // Cargo tells a test about its package; a build script that listens (`ring`'s) would run anew for that.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        let out = command
            .args(["build", "--workspace", "--release", "--tests", "--bins", "--examples", "--message-format=json"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(out.status.success(), "the workspace does not build");
        let text = String::from_utf8(out.stdout).unwrap();
        let messages: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let executable = |kind: &str, name: &str| {
            let is_it = |message: &&Value| {
                message["target"]["kind"][0] == kind
                    && message["target"]["name"] == name
                    && message["profile"]["test"] == false
            };
            let found = messages.iter().find(is_it).and_then(|message| message["executable"].as_str());
            PathBuf::from(found.unwrap_or_else(|| panic!("cargo names no executable of {kind} {name}")))
        };
        Built { tenor: executable("bin", "tenor"), chain: executable("example", "chain") }
    })
}

/// The `tenor` binary.
pub fn binary() -> &'static Path {
    &built().tenor
}

/// The node that `tenor new --rust` writes, as the workspace builds it: the same sources as an example of the facade.
pub fn chain_binary() -> &'static Path {
    &built().chain
}

/// Waits until `probe` gives something.
pub fn until<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        // The pause between two looks at a condition.
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A chain's directory, made by `tenor new`.
pub struct World {
    home: tempfile::TempDir,
}

impl World {
    pub fn new(template: &str) -> Self {
        Self::with(&["--template", template])
    }

    /// The same with more to say to `tenor new`.
    pub fn with(args: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let out =
            Command::new(binary()).args([&["new", "chain"], args].concat()).current_dir(home.path()).output().unwrap();
        assert!(out.status.success(), "tenor new: {}", String::from_utf8_lossy(&out.stderr));
        Self { home }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn chain(&self) -> PathBuf {
        self.home.path().join("chain")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.chain().join(name)
    }

    /// Changes the text of the configuration.
    pub fn configure(&self, from: &str, to: &str) {
        let path = self.path("Tenor.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "Tenor.toml has no `{from}`");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Changes a parameter in the genesis file, before the first start.
    pub fn set_parameter(&self, name: &str, value: u64) {
        let path = self.path("genesis.bcs");
        let mut genesis = types::Genesis::from_bytes(&std::fs::read(&path).unwrap()).unwrap();
        genesis.parameters.iter_mut().find(|(known, _)| known == name).unwrap().1 = value;
        std::fs::write(path, genesis.to_bytes()).unwrap();
    }

    /// Starts the chain's sequencer.
    pub fn run(&self) -> Node {
        Node::start(&self.chain(), &["run", "--listen", "127.0.0.1:0"])
    }
}

/// A running process of the chain.
pub struct Node {
    child: Child,
    pub rest: String,
    pub faucet: String,
    pub indexer: String,
}

impl Node {
    /// Starts and waits for the line that says that it is ready.
    pub fn start(directory: &Path, args: &[&str]) -> Self {
        Self::try_start(directory, args).unwrap_or_else(|why| panic!("tenor {args:?} does not start: {why}"))
    }

    /// The same; `Err` with what it wrote to stderr.
    pub fn try_start(directory: &Path, args: &[&str]) -> Result<Self, String> {
        let log = directory.join(format!("stderr-{}.txt", std::process::id()));
        let mut child = Command::new(binary())
            .args(args)
            .current_dir(directory)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let Ok(line) = lines.recv_timeout(PATIENCE) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(std::fs::read_to_string(&log).unwrap_or_default());
        };
        let ready: Value = serde_json::from_str(&line).map_err(|error| format!("{line}: {error}"))?;
        Ok(Self::of(child, &ready))
    }

    /// A process that has said that it is ready.
    pub fn of(child: Child, ready: &Value) -> Self {
        let text = |name: &str| ready.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
        let rest = text("rest");
        Self { child, rest: rest.trim_end_matches("/v1").to_string(), faucet: text("faucet"), indexer: text("indexer") }
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Something once nobody answers there any more.
    pub fn stopped(&self) -> Option<()> {
        let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
        agent.get(&format!("{}/v1", self.rest)).call().is_err().then_some(())
    }

    /// GET below `/v1`; status and body.
    pub fn get(&self, path: &str) -> (u16, Value) {
        request("GET", &format!("{}/v1{path}", self.rest), "", &[])
    }

    pub fn number(&self, path: &str, pointer: &str) -> u64 {
        let (_, body) = self.get(path);
        let found = body.pointer(pointer).and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
        found.unwrap_or_else(|| panic!("{path} has no number {pointer}: {body}"))
    }

    pub fn height(&self) -> u64 {
        self.number("", "/block_height")
    }

    /// Height of the block with the last confirmed version, once it is closed: `block_height` may be the one before it.
    pub fn closed_height(&self) -> u64 {
        let version = self.number("", "/ledger_version");
        until("the newest block is closed", || {
            self.get(&format!("/blocks/by_version/{version}")).1["block_height"].as_str()?.parse().ok()
        })
    }

    /// The command in the chain's directory against this node.
    pub fn tenor(&self, chain: &Path, args: &[&str]) -> Output {
        Command::new(binary())
            .args(args)
            .current_dir(chain)
            .env("TENOR_URL", &self.rest)
            .env("TENOR_FAUCET_URL", &self.faucet)
            .output()
            .unwrap()
    }

    /// The same, which must succeed; stdout.
    pub fn ok(&self, chain: &Path, args: &[&str]) -> String {
        let out = self.tenor(chain, args);
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "tenor {args:?}: {stderr}");
        String::from_utf8(out.stdout).unwrap().trim().to_string()
    }

    /// The same with `--json`, parsed.
    pub fn json(&self, chain: &Path, args: &[&str]) -> Value {
        let text = self.ok(chain, &[&["--json"], args].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("tenor {args:?}: {error}: {text}"))
    }

    /// Deploys the chain's own package and gives its address.
    pub fn deploy(&self, chain: &Path) -> String {
        self.json(chain, &["deploy"])["address"].as_str().unwrap().to_string()
    }

    pub fn count(&self, chain: &Path, address: &str) -> u64 {
        let answer = self.json(chain, &["view", &format!("{address}::counter::count"), address]);
        answer[0].as_str().unwrap().parse().unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request whatever its answer; a body that is not JSON is given as a string.
pub fn request(method: &str, url: &str, content_type: &str, body: &[u8]) -> (u16, Value) {
    try_request(method, url, content_type, body).unwrap_or_else(|error| panic!("{method} {url}: {error}"))
}

/// The same where the other side may be gone.
pub fn try_request(method: &str, url: &str, content_type: &str, body: &[u8]) -> Result<(u16, Value), ureq::Error> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into();
    let mut answer = match method {
        "POST" => agent.post(url).header("content-type", content_type).send(body),
        "DELETE" => agent.delete(url).call(),
        _ => agent.get(url).call(),
    }?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string()?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}
