//! Work in parallel whose results are taken in order: the number of threads changes nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};

/// What a result is handed to; the first error ends everything.
type Sink<'a, T> = dyn FnMut(usize, T) -> Result<()> + Send + 'a;

/// Calls `work` for 0 to `count` on `threads` threads and hands the results to `sink` in order.
///
/// No more than `threads` results are held at a time.
///
/// # Errors
/// The first error of `sink`, after which it is not called again.
pub fn in_order<T: Send>(
    count: usize,
    threads: usize,
    work: &(dyn Fn(usize) -> T + Sync),
    sink: &mut Sink<'_, T>,
) -> Result<()> {
    run(count, threads, threads, work, sink)
}

/// As [`in_order`], for small results: a thread never waits for the results of others, however
/// many are held.
///
/// # Errors
/// As [`in_order`].
pub fn in_order_at_once<T: Send>(
    count: usize,
    threads: usize,
    work: &(dyn Fn(usize) -> T + Sync),
    sink: &mut Sink<'_, T>,
) -> Result<()> {
    run(count, threads, count, work, sink)
}

fn run<T: Send>(
    count: usize,
    threads: usize,
    held: usize,
    work: &(dyn Fn(usize) -> T + Sync),
    sink: &mut Sink<'_, T>,
) -> Result<()> {
    let turn = Turn { index: 0, over: false, error: None, early: BTreeMap::new(), sink };
    let queue = Queue {
        held: held.max(1),
        next: AtomicUsize::new(0),
        turn: Mutex::new(turn),
        moved: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, count.max(1)) {
            scope.spawn(|| queue.serve(count, work));
        }
    });
    let turn = queue.turn.into_inner().unwrap_or_else(PoisonError::into_inner);
    turn.error.map_or(Ok(()), Err)
}

/// The number of threads the machine runs at once.
pub fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

struct Queue<'a, 'b, T> {
    held: usize,
    next: AtomicUsize,
    turn: Mutex<Turn<'a, 'b, T>>,
    moved: Condvar,
}

struct Turn<'a, 'b, T> {
    index: usize,
    over: bool,
    error: Option<Error>,
    early: BTreeMap<usize, T>,
    sink: &'a mut Sink<'b, T>,
}

impl<T> Turn<'_, '_, T> {
    /// Hands on what is next for as long as it is there.
    fn advance(&mut self) {
        while let Some(result) = self.early.remove(&self.index).filter(|_| !self.over) {
            self.error = (self.sink)(self.index, result).err();
            self.over = self.error.is_some();
            self.index += 1;
        }
    }
}

impl<'a, 'b, T> Queue<'a, 'b, T> {
    fn serve(&self, count: usize, work: &(dyn Fn(usize) -> T + Sync)) {
        let _watch = Watch(self);
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= count || !self.may_begin(index) {
                return;
            }
            let result = work(index);
            let mut turn = self.lock();
            turn.early.insert(index, result);
            turn.advance();
            self.moved.notify_all();
        }
    }

    /// Waits until there is room for one more result; `false` when all is over.
    fn may_begin(&self, index: usize) -> bool {
        let full = |turn: &mut Turn<'_, '_, T>| index >= turn.index + self.held && !turn.over;
        let turn = self.moved.wait_while(self.lock(), full);
        !turn.unwrap_or_else(PoisonError::into_inner).over
    }

    fn lock(&self) -> MutexGuard<'_, Turn<'a, 'b, T>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the others' waiting when a thread panics, so that the panic is seen and nothing hangs.
struct Watch<'q, 'a, 'b, T>(&'q Queue<'a, 'b, T>);

impl<T> Drop for Watch<'_, '_, '_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().over = true;
            self.0.moved.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_arrive_in_order_however_long_each_takes() {
        let slow = |index: usize| {
            std::thread::sleep(std::time::Duration::from_millis(7 * (index as u64 * 5 % 3)));
            index * index
        };
        let mut seen = Vec::new();
        in_order(10, 4, &slow, &mut |index, square| {
            seen.push((index, square));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, (0..10).map(|i| (i, i * i)).collect::<Vec<_>>());
    }

    #[test]
    fn a_long_piece_of_work_keeps_only_one_thread_when_results_may_be_held() {
        let (last, told) = std::sync::mpsc::channel();
        let told = Mutex::new(told);
        let work = |index: usize| match index {
            0 => told.lock().unwrap().recv_timeout(std::time::Duration::from_secs(20)).is_ok(),
            9 => last.send(()).is_ok(),
            _ => true,
        };
        let mut seen = Vec::new();
        in_order_at_once(10, 2, &work, &mut |index, done| {
            seen.push((index, done));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, (0..10).map(|i| (i, true)).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_error_of_the_sink_ends_the_work() {
        let mut calls = 0;
        let outcome = in_order(1000, 3, &|index| index, &mut |index, _| {
            calls += 1;
            if index == 5 { Err(Error::Invalid("full".into())) } else { Ok(()) }
        });
        assert_eq!(outcome.unwrap_err().to_string(), "full");
        assert_eq!(calls, 6);
    }

    #[test]
    fn a_panic_in_one_thread_is_passed_on_and_hangs_nobody() {
        let panics = std::panic::catch_unwind(|| {
            let work = |index: usize| assert_ne!(index, 3, "on purpose");
            in_order(100, 4, &work, &mut |_, ()| Ok(()))
        });
        assert!(panics.is_err());
    }
}
