//! Rebuilds when a file of the knowledge base is added, which the embedding macro alone does not notice.
fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=knowledge");
}
