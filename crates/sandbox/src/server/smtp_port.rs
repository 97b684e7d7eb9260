//! The SMTP port: bytes in, bytes out, mails to the sandbox.
//! A mail is in the inbox before its sender reads that it was taken.

use std::sync::Arc;
use std::time::Duration;

use sandbox::SmtpDialogue;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::server::shared::{Shared, now_ms};

/// A client that says nothing for so long is let go.
const PATIENCE: Duration = Duration::from_secs(300);

/// Serves one listener for ever.
pub(crate) async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A connection that breaks is the client's affair.
                    let _ = talk(&shared, stream).await;
                });
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn talk(shared: &Shared, mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut dialogue = SmtpDialogue::new();
    stream.write_all(dialogue.greeting()).await?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match tokio::time::timeout(PATIENCE, stream.read(&mut buffer)).await {
            Ok(Ok(0)) | Err(_) => return Ok(()),
            Ok(read) => read?,
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        let step = shared.with(|sandbox| {
            let step = dialogue.receive(bytes, &|address| sandbox.has_recipient(address));
            for mail in &step.arrived {
                for to in &mail.recipients {
                    if let Err(error) = sandbox.deliver(to, &mail.mime, now_ms()) {
                        eprintln!("sandbox: a mail to {to} was lost: {error}");
                    }
                }
            }
            step
        });
        stream.write_all(&step.reply).await?;
        if step.hang_up {
            return stream.shutdown().await;
        }
    }
}
