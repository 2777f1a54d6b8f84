//! What is kept for data availability: batches and their parts, forced blobs, headers, how far was read.
//!
//! The intent to submit a batch is durable before this returns, so that a node that dies between submission and
//! inclusion neither loses nor doubles it.

use crate::{
    ledger::{ReadError, Storage},
    persist::META_DA_CURSOR,
    rows::{BatchRecord, Damaged, decode, encode, forced_key, number, part_key},
    store::{Batch, Order, Row, StoreError, Table, after_prefix},
};

impl Storage {
    /// Writes down a batch with all its blobs, durably: before its first submission, or when it was read from DA.
    ///
    /// # Errors
    /// Fatal ones only.
    pub fn put_batch(&self, record: &BatchRecord, parts: &[Vec<u8>]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put(Table::Batches, record.number.to_be_bytes(), encode(record));
        batch.put(Table::BatchHeights, record.first_height.to_be_bytes(), record.number.to_be_bytes());
        for (blob, part) in parts.iter().zip(0u16..) {
            batch.put(Table::Parts, part_key(record.number, part), blob.as_slice());
        }
        self.store.write(batch)?;
        self.store.sync()
    }

    /// Writes down what has become known about a batch (inclusion, finality, another cut). It is durable with the
    /// next sync; what is lost before can be found out again.
    ///
    /// # Errors
    /// Fatal ones only.
    pub fn update_batch(&self, record: &BatchRecord) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put(Table::Batches, record.number.to_be_bytes(), encode(record));
        self.store.write(batch)
    }

    /// A batch by number.
    ///
    /// # Errors
    /// What the store says.
    pub fn batch(&self, number: u64) -> Result<Option<BatchRecord>, ReadError> {
        let row = self.store.get(Table::Batches, &number.to_be_bytes())?;
        row.map(|row| Ok(decode("batches", &row)?)).transpose()
    }

    /// The newest batch.
    ///
    /// # Errors
    /// What the store says.
    pub fn last_batch(&self) -> Result<Option<BatchRecord>, ReadError> {
        let row = self.first_row(Table::Batches, &[], &[], Order::Descending)?;
        row.map(|(_, row)| Ok(decode("batches", &row)?)).transpose()
    }

    /// The batch that contains a block, if there is one yet.
    ///
    /// # Errors
    /// What the store says.
    pub fn batch_of_height(&self, height: u64) -> Result<Option<BatchRecord>, ReadError> {
        let to = height.saturating_add(1).to_be_bytes();
        let Some((_, row)) = self.first_row(Table::BatchHeights, &[], &to, Order::Descending)? else { return Ok(None) };
        let record = self.batch(number("batch_heights", &row)?)?;
        Ok(record.filter(|record| height <= record.last_height))
    }

    /// The blobs of a batch, in order of their parts.
    ///
    /// # Errors
    /// What the store says.
    pub fn parts(&self, number: u64) -> Result<Vec<Vec<u8>>, ReadError> {
        let prefix = number.to_be_bytes();
        let mut parts = Vec::new();
        self.store.scan(Table::Parts, &prefix, &after_prefix(&prefix), Order::Ascending, &mut |_, blob| {
            parts.push(blob.to_vec());
            true
        })?;
        Ok(parts)
    }

    /// Forgets the blobs of a batch, for a node that keeps no archive.
    ///
    /// # Errors
    /// Fatal ones only.
    pub fn drop_parts(&self, record: &BatchRecord) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for part in 0..record.parts {
            batch.remove(Table::Parts, part_key(record.number, part));
        }
        self.store.write(batch)
    }

    /// Keeps what was read at a DA height: its header, in the layer's own bytes, and the blobs of the forced
    /// namespace with their index in the square.
    ///
    /// # Errors
    /// Fatal ones only.
    pub fn put_da_height(&self, da_height: u64, header: &[u8], forced: &[(u32, Vec<u8>)]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put(Table::DaHeaders, da_height.to_be_bytes(), header);
        for (index, blob) in forced {
            batch.put(Table::Forced, forced_key(da_height, *index), blob.as_slice());
        }
        self.store.write(batch)
    }

    /// The header of a DA height that was read.
    ///
    /// # Errors
    /// Fatal ones only.
    pub fn da_header(&self, da_height: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(Table::DaHeaders, &da_height.to_be_bytes())
    }

    /// The newest DA height that was read, with its header.
    ///
    /// # Errors
    /// What the store says.
    pub fn last_da_header(&self) -> Result<Option<(u64, Vec<u8>)>, ReadError> {
        let row = self.first_row(Table::DaHeaders, &[], &[], Order::Descending)?;
        row.map(|(key, header)| Ok((number("da_headers", &key)?, header))).transpose()
    }

    /// The forced blobs of a DA height, in order of their index in the square.
    ///
    /// # Errors
    /// What the store says.
    pub fn forced(&self, da_height: u64) -> Result<Vec<(u32, Vec<u8>)>, ReadError> {
        let prefix = da_height.to_be_bytes();
        let mut blobs = Vec::new();
        let mut damaged = None;
        self.store.scan(Table::Forced, &prefix, &after_prefix(&prefix), Order::Ascending, &mut |key, blob| {
            match key.last_chunk::<4>() {
                Some(index) => blobs.push((u32::from_be_bytes(*index), blob.to_vec())),
                None => damaged = Some(Damaged("forced")),
            }
            damaged.is_none()
        })?;
        damaged.map_or(Ok(blobs), |error| Err(error.into()))
    }

    /// Remembers up to where DA was read; what lies behind it is read again after a crash, which changes nothing.
    /// The bytes are the reader's own.
    ///
    /// # Errors
    /// Fatal ones only.
    pub fn set_da_cursor(&self, cursor: &[u8]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put(Table::Meta, META_DA_CURSOR, cursor);
        self.store.write(batch)
    }

    /// What [`Self::set_da_cursor`] remembered.
    ///
    /// # Errors
    /// Fatal ones only.
    pub fn da_cursor(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(Table::Meta, META_DA_CURSOR)
    }

    fn first_row(&self, table: Table, from: &[u8], to: &[u8], order: Order) -> Result<Option<Row>, StoreError> {
        let mut found = None;
        self.store.scan(table, from, to, order, &mut |key, value| {
            found = Some((key.to_vec(), value.to_vec()));
            false
        })?;
        Ok(found)
    }
}
