//! Connections that only read. They see the last commit and never wait for the writer.

use std::{
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, PoisonError},
};

use rusqlite::Connection;

use super::{StoreError, open};

/// Connections open at the same time; further readers wait for one of them.
const LIMIT: usize = 8;

/// A small pool of read-only connections, opened as they are needed.
pub struct Readers {
    directory: PathBuf,
    pool: Mutex<Pool>,
    returned: Condvar,
}

struct Pool {
    idle: Vec<Connection>,
    open: usize,
    closed: bool,
}

impl Readers {
    pub(super) fn new(directory: &Path) -> Self {
        let pool = Pool { idle: Vec::new(), open: 0, closed: false };
        Self { directory: directory.to_owned(), pool: Mutex::new(pool), returned: Condvar::new() }
    }

    /// Runs `job` in one read transaction: all its statements see the same commit. `job` must be short and call no
    /// port.
    ///
    /// # Errors
    /// Those of `job`, and [`StoreError`] when no connection can be had or the store is closed.
    pub fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E>,
        E: From<StoreError>,
    {
        let mut lease = self.lease().map_err(E::from)?;
        let conn = lease.conn.as_mut().expect("taken only when the lease ends");
        let tx = conn.transaction().map_err(|error| E::from(error.into()))?;
        job(&tx)
    }

    /// Closes idle connections; those at work are closed when they return.
    pub(super) fn close(&self) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        pool.closed = true;
        pool.open -= pool.idle.len();
        pool.idle.clear();
        self.returned.notify_all();
    }

    fn lease(&self) -> Result<Lease<'_>, StoreError> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if pool.closed {
                return Err(StoreError::Closed);
            }
            if let Some(conn) = pool.idle.pop() {
                return Ok(Lease { readers: self, conn: Some(conn) });
            }
            if pool.open < LIMIT {
                pool.open += 1;
                drop(pool);
                // the lease counts as open from here on, and gives the place back if opening fails
                let mut lease = Lease { readers: self, conn: None };
                lease.conn = Some(open::reader(&self.directory)?);
                return Ok(lease);
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct Lease<'a> {
    readers: &'a Readers,
    conn: Option<Connection>,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.pool.lock().unwrap_or_else(PoisonError::into_inner);
        match self.conn.take() {
            Some(conn) if !pool.closed => pool.idle.push(conn),
            _ => pool.open -= 1,
        }
        self.readers.returned.notify_one();
    }
}
