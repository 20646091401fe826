//! What is neither product nor test: generators and measurements. Leaves out anything a user runs.
fn main() {}
