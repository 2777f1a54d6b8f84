//! A pure state machine: order, batch, confirm.
