//! The sandbox as a program: five HTTP origins and SMTP on six ports of localhost.
//! It serves the built app and emulates every service the app needs, so that nothing leaves the machine.

mod server;

use std::process::ExitCode;

use crate::server::options::{self, Asked};

/// A page of a thousand messages is tens of thousands of small allocations, which this one makes twice as fast.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match options::parse(std::env::args().skip(1)) {
        Ok(Asked::Run(options)) => options,
        Ok(Asked::Help) => {
            println!("{}", options::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("sandbox: {error}");
            eprintln!("{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    match server::run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}
