//! Sockets, files and the clock around the pure sandbox.
//! One lock guards the sandbox; every handler holds it for one call and never while it waits.

mod app_files;
mod demo;
mod http_host;
mod import;
mod journal;
pub(crate) mod options;
mod paced;
mod ports;
mod record;
mod replay;
mod shared;
mod smtp_port;
mod sockets;
mod webhooks;

use std::sync::Arc;

use sandbox::{Host, Origins, Settings};

use crate::server::journal::Journaled;
use crate::server::options::Options;
use crate::server::ports::Ports;
use crate::server::record::Recorder;
use crate::server::shared::{Shared, now_ms};

/// Runs until Ctrl-C or a termination signal.
pub(crate) async fn run(options: Options) -> Result<(), String> {
    let ports = Ports::bind(options.port_base).await?;
    let settings = Settings {
        origins: Origins::local(options.port_base),
        seed: options.seed,
        messages: options.messages,
        quiet: options.quiet,
        signs_tokens: true,
    };
    let quiet = settings.quiet;
    let origins = settings.origins.clone();
    let (mut sandbox, fresh) = Journaled::open(settings, options.journal.as_deref(), now_ms())?;
    if fresh && !options.import.is_empty() {
        import::run(&mut sandbox, &options.import);
    }
    let recorder = options.record.as_deref().map(Recorder::open).transpose()?;
    let shared = Arc::new(Shared::new(sandbox, origins, options.dist, recorder));
    let hosts = [Host::App, Host::Entra, Host::Graph, Host::Hub, Host::Upload];
    for (host, listeners) in hosts.into_iter().zip(ports.http) {
        for listener in listeners {
            tokio::spawn(http_host::serve(Arc::clone(&shared), host, listener));
        }
    }
    for listener in ports.smtp {
        tokio::spawn(smtp_port::serve(Arc::clone(&shared), listener));
    }
    tokio::spawn(sockets::keep_time(Arc::clone(&shared)));
    tokio::spawn(webhooks::run(Arc::clone(&shared)));
    if !quiet {
        tokio::spawn(demo::run(Arc::clone(&shared)));
    }
    println!("sandbox: listening on {}/", shared.origins.app);
    stopped().await;
    Ok(())
}

/// Waits for Ctrl-C or, where there is such a thing, a termination signal.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        // Without signals there is nothing to wait for, and ending at once would help nobody.
        std::future::pending::<()>().await;
    }
}
