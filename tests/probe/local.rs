//! The machine itself: file systems, keys and their certificates, services.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use certwhy::probe::{Certificate, Local};
use rcgen::{CertificateParams, KeyPair};

use super::*;

/// A folder that others may enter, and in it a key with a mode.
fn key_file(content: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = folder.path().join("privkey.pem");
    fs::write(&path, content).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    (folder, path)
}

fn with_key(path: &Path, certificate: Option<&[u8]>) -> Request {
    let mut request = Request::here(Local { key: Some(path.to_owned()), ..Local::default() });
    request.expected.chain =
        certificate.map(Certificate::read_all).transpose().expect("certificates").unwrap_or_default();
    request
}

/// What is found about the key, without the memory of this machine.
fn about_key(path: &Path, certificate: Option<&[u8]>) -> Vec<Finding> {
    let probed = run(&with_key(path, certificate)).expect("findings");
    known(&probed);
    assert!(probed.findings.iter().all(|finding| finding.check == Check::Local), "{:#?}", probed.findings);
    probed.findings.into_iter().filter(|finding| finding.asked != "memory").collect()
}

fn shipped(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/probe/keys").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn self_signed(key: &KeyPair) -> String {
    let made = CertificateParams::new(vec![DOMAIN.to_owned()]).expect("a name").self_signed(key);
    pem(&[made.expect("a certificate").der()])
}

/// The key in PEM, PKCS#8.
fn in_pem(key: &KeyPair) -> String {
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, key.serialize_der());
    format!("-----BEGIN PRIVATE KEY-----\n{encoded}\n-----END PRIVATE KEY-----\n")
}

#[test]
fn keys_of_all_kinds_and_their_certificates() {
    let other = self_signed(&KeyPair::generate().expect("a key"));
    let made = [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519].map(|kind| {
        let key = KeyPair::generate_for(kind).expect("a key");
        let certificate = self_signed(&key).into_bytes();
        [(in_pem(&key).into_bytes(), certificate.clone()), (key.serialize_der(), certificate)]
    });
    let read = [("rsa-pkcs8.pem", "rsa.crt"), ("rsa-pkcs1.pem", "rsa.crt"), ("ec-sec1.pem", "ec.crt")];
    let read = read.map(|(key, certificate)| (shipped(key), shipped(certificate)));
    for (key, certificate) in made.into_iter().flatten().chain(read) {
        let (_folder, path) = key_file(&key, 0o600);
        for (certificate, fits) in [(certificate.as_slice(), true), (other.as_bytes(), false)] {
            let findings = about_key(&path, Some(certificate));
            let last = findings.last().expect("a finding");
            assert_eq!(last.facts["deployment.key_matches"], fits, "{findings:#?}");
            assert_eq!(last.verdict, if fits { Verdict::Good } else { Verdict::Bad });
        }
        let alone = about_key(&path, None);
        assert_eq!(alone.last().map(|finding| finding.verdict), Some(Verdict::Good), "{alone:#?}");
        assert!(!alone.iter().any(|finding| finding.facts.contains_key("deployment.key_matches")));
    }
}

#[test]
fn a_wrong_key_and_a_wrong_order() {
    let (key, other) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
    let (_folder, path) = key_file(in_pem(&key).as_bytes(), 0o600);
    leads(&with_key(&path, Some(self_signed(&other).as_bytes())), "deploy.key-mismatch");
    let swapped = self_signed(&other) + &self_signed(&key);
    says(&leads(&with_key(&path, Some(swapped.as_bytes())), "deploy.key-mismatch"), "to certificate 2 of the file");
    // The file that HAProxy wants: the certificate, then its key.
    let both = self_signed(&key) + &in_pem(&key);
    let (_folder, path) = key_file(both.as_bytes(), 0o600);
    assert_eq!(about_key(&path, Some(both.as_bytes()))[1].facts["deployment.key_matches"], true);
}

#[test]
fn who_may_read_the_key() {
    let key = in_pem(&KeyPair::generate().expect("a key"));
    for (mode, verdict, others) in [
        (0o600, Verdict::Good, false),
        (0o640, Verdict::Good, false),
        (0o644, Verdict::Bad, true),
        (0o666, Verdict::Bad, true),
        (0o602, Verdict::Bad, false),
    ] {
        let (folder, path) = key_file(key.as_bytes(), mode);
        let finding = about_key(&path, None).remove(0);
        assert_eq!((finding.verdict, &finding.facts["deployment.key_readable_by_others"]), (verdict, &others.into()));
        assert!(finding.answer.contains(&format!("mode {mode:04o}")), "{}", finding.answer);
        // What is asked is the file behind the link.
        let link = folder.path().join("link.pem");
        symlink(&path, &link).expect("a link");
        assert_eq!(about_key(&link, None)[0].verdict, verdict);
    }
    let (folder, path) = key_file(key.as_bytes(), 0o644);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("a mode");
    let finding = about_key(&path, None).remove(0);
    assert_eq!((finding.verdict, &finding.facts["deployment.key_readable_by_others"]), (Verdict::Odd, &false.into()));
}

#[test]
fn what_is_no_key_or_cannot_be_opened() {
    let certificate = shipped("rsa.crt");
    let key = shipped("rsa-pkcs8.pem");
    let mut torn = key.clone();
    torn.truncate(key.len() / 2);
    let mut bent = key.clone();
    bent[200] = b'!';
    let mut false_base = key;
    false_base[200..260].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'A');
    for (content, verdict, words) in [
        (shipped("encrypted-pkcs8.pem"), Verdict::Unknown, "encrypted"),
        (shipped("encrypted-pkcs1.pem"), Verdict::Unknown, "encrypted"),
        (shipped("encrypted-pkcs8.der"), Verdict::Unknown, "encrypted"),
        (shipped("ec-p521.pem"), Verdict::Unknown, "none of"),
        (false_base, Verdict::Unknown, "the key is broken"),
        (torn, Verdict::Bad, "the PEM is broken"),
        (bent, Verdict::Bad, "the PEM is broken"),
        (certificate.clone(), Verdict::Bad, "no private key"),
        (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n".to_vec(),
            Verdict::Bad,
            "OpenSSH",
        ),
        (b"hello".to_vec(), Verdict::Bad, "no private key"),
        (Vec::new(), Verdict::Bad, "no private key"),
        (vec![0; 300 << 10], Verdict::Unknown, "too large"),
    ] {
        let (_folder, path) = key_file(&content, 0o644);
        let findings = about_key(&path, Some(&certificate));
        let last = findings.last().expect("a finding");
        assert_eq!(last.verdict, verdict, "{findings:#?}");
        assert!(last.answer.contains(words), "{findings:#?}");
        assert!(!findings.iter().any(|finding| finding.facts.contains_key("deployment.key_matches")));
        // Of what is no key it does not matter who reads it.
        let matters = !["no private key", "OpenSSH", "too large"].contains(&words);
        assert_eq!(findings[0].facts.contains_key("deployment.key_readable_by_others"), matters, "{findings:#?}");
    }
}

#[test]
fn what_is_no_file_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600));
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).expect("a pipe");
    for (path, verdict, words) in [
        (pipe.as_path(), Verdict::Unknown, "no file"),
        (folder.path(), Verdict::Unknown, "no file"),
        (Path::new("/dev/zero"), Verdict::Unknown, "no file"),
        (&folder.path().join("missing"), Verdict::Bad, "no such file"),
    ] {
        let findings = about_key(path, None);
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert_eq!((findings[0].verdict, findings[0].facts.len()), (verdict, 0), "{findings:#?}");
        assert!(findings[0].answer.contains(words), "{}", findings[0].answer);
    }
}

#[test]
fn nothing_of_a_key_is_told() {
    let certificate = shipped("ec.crt");
    for name in
        ["rsa-pkcs8.pem", "rsa-pkcs1.pem", "ec-sec1.pem", "ec-p521.pem", "encrypted-pkcs8.pem", "encrypted-pkcs1.pem"]
    {
        let content = shipped(name);
        let (_folder, path) = key_file(&content, 0o644);
        let told = format!("{:?}", about_key(&path, Some(&certificate)));
        let text = String::from_utf8(content).expect("PEM");
        for line in text.lines().filter(|line| line.len() > 16 && !line.contains("KEY---")) {
            assert!(!told.contains(line) && !told.contains(&line[..16]), "{name}: {told}");
        }
    }
}

#[test]
fn file_systems() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing");
    let paths = vec![folder.path().to_owned(), PathBuf::from("/proc"), missing.clone()];
    let probed = run(&Request::here(Local { paths, ..Local::default() })).expect("findings");
    known(&probed);
    let facts = probed.facts();
    let free = facts["host.disk_free_percent"].as_f64().expect("a number");
    assert!((0.0..=100.0).contains(&free), "{free}");
    assert_eq!(facts["host.filesystem_read_only"], false);
    let of = |path: &Path| {
        let asked = format!("the file system of {}", path.display());
        probed.findings.iter().find(|finding| finding.asked == asked).expect("a finding")
    };
    assert_eq!((of(&missing).verdict, of(&missing).answer.as_str()), (Verdict::Bad, "no such file or folder"));
    assert_eq!(of(Path::new("/proc")).verdict, Verdict::Unknown);
    assert_eq!(of(Path::new("/proc")).of, "mounted at /proc");
}

/// Runs the program where only the stand-in for systemctl is found.
fn program(arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
    run_program("probe", arguments)
}

fn run_program(command: &str, arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
    let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/probe/bin");
    let output = Command::new(env!("CARGO_BIN_EXE_certwhy"))
        .arg(command)
        .args(arguments)
        .args(["--format", "json"])
        .env("PATH", std::env::join_paths([bin.as_path(), Path::new("/usr/bin"), Path::new("/bin")]).expect("a path"))
        .output()
        .expect("it runs");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[test]
fn services_by_the_program() {
    let (code, answer) = program(&["--service", "certinext-bot", "--service", "httpd"]);
    assert_eq!((code, &answer["domain"]), (Some(1), &"this machine".into()));
    assert_eq!(answer["facts"]["bot.service_running"], false);
    assert_eq!(answer["diagnosis"]["causes"][0]["id"], "bot.service-stopped");
    let told = |ix: usize| (answer["findings"][ix]["verdict"].clone(), answer["findings"][ix]["answer"].clone());
    let failed = "failed (failed); set to: enabled; last result: exit-code; restarts by systemd: 4";
    assert_eq!(told(0), ("bad".into(), failed.into()));
    assert_eq!(told(1), ("bad".into(), "there is no such unit".into()));
    // A systemctl that hangs is left at the end of the time.
    let (_, answer) = program(&["--service", "slow", "--timeout", "1"]);
    assert_eq!(answer["findings"][0]["answer"], "no answer in time");
}

#[test]
fn without_a_domain_only_this_machine() {
    for wrong in [vec![], vec!["--check", "dns"], vec!["--path", "/", "--port", "22"], vec!["--certificate", "c.pem"]] {
        assert_eq!(program(&wrong).0, Some(2), "{wrong:?}");
    }
    let (code, answer) = program(&["--check", "local"]);
    assert_eq!(answer["findings"].as_array().map(Vec::len), Some(1), "{answer:#}");
    assert!(code.is_some_and(|code| code < 2) && answer["facts"]["host.memory_percent"].is_number(), "{answer:#}");
}

#[test]
fn beside_a_log_without_the_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("bot.log");
    fs::write(&log, "2026-11-24T08:00:00Z INFO all is well at www.example.test\n").expect("a log");
    let log = log.to_str().expect("a path");
    let (code, answer) = run_program("diagnose", &[log, "--service", "certinext-bot"]);
    assert_eq!((code, &answer["causes"][0]["id"]), (Some(1), &"bot.service-stopped".into()), "{answer:#}");
    assert_eq!(answer["inputs"][1]["name"], "probe of this machine");
}
