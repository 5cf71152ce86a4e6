//! Chromium without a window, told what to do over a pipe in the words of its developer tools
//! (<https://chromedevtools.github.io/devtools-protocol/>).

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

const FOUND: &str =
    "command -v chromium || command -v chromium-browser || command -v google-chrome";
/// Chromium speaks over descriptors 3 and 4, which the shell makes of the standard ones.
const PIPED: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";
const OPTIONS: [&str; 7] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
];
const PATIENCE: Duration = Duration::from_secs(60);

/// Where Chromium is on this machine.
pub fn chromium() -> Option<String> {
    let found = Command::new("sh").args(["-c", FOUND]).output().unwrap();
    found.status.success().then(|| String::from_utf8(found.stdout).unwrap().trim().to_string())
}

/// A page that is open, and what it complained of.
pub struct Page {
    browser: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    calls: u64,
    /// Errors, words on the console, failed requests, and requests for anything but the page.
    pub complaints: Vec<Value>,
    _profile: TempDir,
}

impl Page {
    /// A Chromium that shows nothing yet.
    pub fn new(chromium: &str) -> Page {
        let profile = TempDir::new().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", PIPED, chromium]).args(OPTIONS);
        shell.arg(format!("--user-data-dir={}", profile.path().display()));
        let mut browser = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (browser.stdin.take().unwrap(), browser.stdout.take().unwrap());
        let (send, messages) = channel();
        thread::spawn(move || pass_on(BufReader::new(output), &send));
        let (session, calls, complaints) = (None, 0, Vec::new());
        Page { browser, input, messages, session, calls, complaints, _profile: profile }
    }

    /// Opens a file on a screen of its own.
    pub fn show(&mut self, path: &Path) {
        self.session = None;
        let target = self.tell("Target.createTarget", json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let attached = self.tell("Target.attachToTarget", target);
        self.session = attached["sessionId"].as_str().map(String::from);
        for part in ["Runtime", "Log", "Network", "Page"] {
            self.tell(&format!("{part}.enable"), json!({}));
        }
        self.size(1400);
        let address = format!("file://{}", path.canonicalize().unwrap().display());
        self.tell("Page.navigate", json!({"url": address}));
        let loaded = "new Promise(done => document.readyState === 'complete' ? done(true) \
                      : addEventListener('load', () => done(true)))";
        assert_eq!(self.value(loaded), json!(true));
    }

    /// The page on a screen, or on paper, of that width in pixels.
    pub fn size(&mut self, width: u32) {
        let size =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        self.tell("Emulation.setDeviceMetricsOverride", size);
    }

    /// The page in a medium, `screen` or `print`, and a scheme, `light` or `dark`.
    pub fn medium(&mut self, medium: &str, scheme: &str) {
        let scheme = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.tell("Emulation.setEmulatedMedia", json!({"media": medium, "features": scheme}));
    }

    /// Types where the cursor is.
    pub fn write(&mut self, text: &str) {
        self.tell("Input.insertText", json!({"text": text}));
    }

    /// What an expression in JavaScript gives, awaited.
    pub fn value(&mut self, expression: &str) -> Value {
        let ask = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.tell("Runtime.evaluate", ask);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// The same as texts.
    pub fn texts(&mut self, expression: &str) -> Vec<String> {
        serde_json::from_value(self.value(expression)).unwrap()
    }

    /// The answer to a command.
    pub fn tell(&mut self, method: &str, what: Value) -> Value {
        self.calls += 1;
        let mut message = json!({"id": self.calls, "method": method, "params": what});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.input.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let answer = self.messages.recv_timeout(PATIENCE);
            let mut answer = answer.unwrap_or_else(|why| panic!("{method}: no answer: {why}"));
            if answer["id"] == self.calls {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].take();
            }
            if is_complaint(&answer) {
                self.complaints.push(answer);
            }
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.browser.kill().unwrap();
        self.browser.wait().unwrap();
    }
}

/// Passes messages on, each of which ends in a zero byte.
fn pass_on(output: impl BufRead, messages: &Sender<Value>) {
    for message in output.split(0).map_while(Result::ok) {
        // The last one is cut off where Chromium is ended in the middle of it.
        let Ok(message) = serde_json::from_slice(&message) else { return };
        if messages.send(message).is_err() {
            return;
        }
    }
}

fn is_complaint(message: &Value) -> bool {
    let what = &message["params"];
    match message["method"].as_str().unwrap_or_default() {
        "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Network.loadingFailed" => true,
        "Log.entryAdded" => what["entry"]["level"] != "verbose",
        "Network.requestWillBeSent" => what["type"] != "Document",
        _ => false,
    }
}
