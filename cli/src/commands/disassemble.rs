use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use move_binary_format::assembly::{disassemble, disassemble_script, outline, outline_script};
use move_binary_format::{CompiledModule, CompiledScript, FormatError};
use serde_json::json;

use crate::ui::Ui;

/// Show the code of a compiled module or script.
///
/// Example: tenor disassemble build/Counter/bytecode_modules/counter.mv
#[derive(Debug, Args)]
pub(crate) struct Disassemble {
    /// A `.mv` file.
    file: PathBuf,
    /// Show the order of the tables too, so that the text assembles to the same bytes.
    #[arg(long)]
    tables: bool,
}

impl Disassemble {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let shown = self.file.display();
        let bytes = std::fs::read(&self.file).with_context(|| format!("cannot read {shown}"))?;
        let module: Result<CompiledModule, FormatError> = CompiledModule::deserialize(&bytes);
        let text = match module {
            Ok(module) => {
                if self.tables {
                    disassemble(&module)
                } else {
                    outline(&module)
                }
            }
            Err(error) => match CompiledScript::deserialize(&bytes) {
                Ok(script) => {
                    if self.tables {
                        disassemble_script(&script)
                    } else {
                        outline_script(&script)
                    }
                }
                Err(_) => return Err(anyhow!("{shown} is neither a module nor a script: {error}")),
            },
        };
        ui.answer(text.trim_end(), &json!({ "text": text }));
        Ok(())
    }
}
