//! What is signed, agreed on and proven: transactions, blocks, receipts, batches, proofs.
