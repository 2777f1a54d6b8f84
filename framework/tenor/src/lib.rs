//! What a generated app-chain depends on; re-exports, no logic.
