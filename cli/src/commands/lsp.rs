use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use move_lsp::{Frames, Server, frame};

use crate::package::DiskFiles;

/// Serve editors: the language server, over stdin and stdout.
///
/// Example: tenor lsp
///
/// Diagnostics, go to definition, types on hover, completion of members and modules, symbols and formatting.
#[derive(Debug, Args)]
pub(crate) struct Lsp {
    /// Accepted for editors that pass it.
    #[arg(long, hide = true)]
    stdio: bool,
}

impl Lsp {
    /// Serves until the client says `exit`, or closes stdin; the code is what the protocol asks for.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let _ = self.stdio;
        let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
        let mut server = Server::new(&DiskFiles);
        let mut frames = Frames::default();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = input.read(&mut buffer).context("cannot read stdin")?;
            if count == 0 {
                return Ok(ExitCode::from(1));
            }
            frames.push(buffer.get(..count).unwrap_or_default());
            while let Some(message) = frames.take().context("what comes in is not the language server protocol")? {
                for answer in server.handle(&message) {
                    output.write_all(&frame(&answer)).context("cannot write stdout")?;
                }
                output.flush().context("cannot write stdout")?;
                if let Some(code) = server.exit_code() {
                    return Ok(ExitCode::from(code));
                }
            }
        }
    }
}
