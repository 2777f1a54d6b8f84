//! The programs in plain Rust with checked arithmetic: what compiled code would take.

use move_core_types::U256;
use sha2::Sha256;
use sha3::{Digest, Sha3_256};
use std::collections::BTreeMap;

/// The function behind a program's name.
pub(crate) fn program(name: &str) -> fn(u64) -> u64 {
    match name {
        "fib" => fib,
        "sieve" => sieve,
        "queens" => |n| place(&mut Vec::new(), 0, n),
        "arith u64" => arith_u64,
        "arith u128" => arith_u128,
        "arith u256" => arith_u256,
        "vecops" => vecops,
        "bounce" => bounce,
        "nested" => nested,
        "generics" => generics,
        "crosscall" => crosscall,
        "globals counter" => counter,
        "globals churn" => churn,
        "globals table" => table,
        "book" => book,
        "hashing sha3" => hash_chain::<Sha3_256>,
        "hashing sha2" => hash_chain::<Sha256>,
        "serial bcs" => serial,
        "enums" => enums,
        _ => panic!("no native {name}"),
    }
}

fn fib(n: u64) -> u64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

fn sieve(n: u64) -> u64 {
    let mut composite: Vec<bool> = Vec::new();
    (0..n).for_each(|_| composite.push(false));
    let (mut sum, mut p) = (0u64, 2);
    while p < n {
        if !composite[p as usize] {
            sum += p;
            let mut k = p * p;
            while k < n {
                composite[k as usize] = true;
                k += p;
            }
        }
        p += 1;
    }
    sum
}

fn place(cols: &mut Vec<u64>, row: u64, n: u64) -> u64 {
    fn safe(cols: &[u64], row: u64, col: u64) -> bool {
        (0..row).all(|r| {
            let (c, d) = (cols[r as usize], row - r);
            c != col && c + d != col && col + d != c
        })
    }
    if row == n {
        return 1;
    }
    let mut found = 0;
    for col in 0..n {
        if safe(cols, row, col) {
            cols.push(col);
            found += place(cols, row + 1, n);
            cols.pop();
        }
    }
    found
}

fn arith_u64(n: u64) -> u64 {
    let mut acc = 88172645463325252u64;
    for i in 0..n {
        acc ^= acc << 13;
        acc ^= acc >> 7;
        acc ^= acc << 17;
        if acc.is_multiple_of(3) {
            acc = acc / 3 + i;
        } else {
            acc |= 1;
        }
    }
    acc
}

fn arith_u128(n: u64) -> u64 {
    let m = 0xffffffffffffffc5u128;
    let mut x = 0x9e3779b97f4a7c15u128;
    for i in 0..n {
        x = (x * 6364136223846793005 + 1442695040888963407 + u128::from(i)) % m;
    }
    x as u64
}

fn wide(value: u64) -> U256 {
    U256::from_limbs([value, 0, 0, 0])
}

fn arith_u256(n: u64) -> u64 {
    let one = wide(1_000_000_000_000_000_000);
    let mul = |a: U256, b: U256| a.checked_mul(b).unwrap().checked_div(one).unwrap();
    let add = |a: U256, b: U256| a.checked_add(b).unwrap();
    let div = |a: U256, b: u64| a.checked_div(wide(b)).unwrap();
    let (mut x, mut acc) = (div(one, 7), U256::ZERO);
    for i in 0..n {
        let x2 = mul(x, x);
        let x3 = mul(x2, x);
        let x4 = mul(x3, x);
        let e = add(add(add(add(one, x), div(x2, 2)), div(x3, 6)), div(x4, 24));
        acc = add(acc, e);
        x = add(x.checked_mul(wide(1000003)).unwrap(), wide(i)).checked_rem(one).unwrap();
    }
    acc.into_limbs()[0]
}

fn vecops(n: u64) -> u64 {
    let mut v = Vec::new();
    for i in 0..n {
        v.push(i * 7 + 3);
    }
    let mut j = 1u64;
    for i in 0..n {
        j = j * 48271 % 2147483647;
        v.swap(i as usize, (j % n) as usize);
    }
    let mut acc = 0u64;
    for i in 0..n {
        acc = (acc * 31 + v[i as usize]) % 1000000007;
    }
    while let Some(last) = v.pop() {
        acc = (acc + last) % 1000000007;
    }
    acc
}

struct Ball {
    at: [u64; 2],
    forward: [bool; 2],
    by: [u64; 2],
}

fn bounce(n: u64) -> u64 {
    const SIDE: u64 = 500;
    fn step(ball: &mut Ball) -> u64 {
        let mut hits = 0;
        for axis in 0..2 {
            let (at, forward, by) = (&mut ball.at[axis], &mut ball.forward[axis], ball.by[axis]);
            if *forward {
                *at += by;
                if *at > SIDE {
                    (*at, *forward) = (SIDE, false);
                    hits += 1;
                }
            } else if *at < by {
                (*at, *forward) = (0, true);
                hits += 1;
            } else {
                *at -= by;
            }
        }
        hits
    }
    let (mut balls, mut seed) = (Vec::new(), 74755u64);
    let next = |seed: &mut u64| *seed = (*seed * 1309 + 13849) % 65536;
    for _ in 0..100 {
        next(&mut seed);
        let x = seed % SIDE;
        next(&mut seed);
        let y = seed % SIDE;
        next(&mut seed);
        balls.push(Ball {
            at: [x, y],
            forward: [seed.is_multiple_of(2), seed.is_multiple_of(3)],
            by: [seed % 17 + 1, seed % 23 + 1],
        });
    }
    let mut hits = 0u64;
    for _ in 0..n {
        for ball in &mut balls {
            hits += step(ball);
        }
    }
    balls.iter().fold(hits, |hits, ball| (hits * 33 + ball.at[0] * 1000 + ball.at[1]) % 1000000007)
}

struct Leaf {
    a: u64,
    b: u64,
}

struct Branch {
    left: Leaf,
    right: Leaf,
}

fn nested(n: u64) -> u64 {
    let leaf = |n: u64| Leaf { a: n, b: n + 1 };
    let branch = |n: u64| Branch { left: leaf(n), right: leaf(n + 2) };
    fn touch(leaf: &mut Leaf, by: u64) {
        let t = leaf.a;
        leaf.a = leaf.b;
        leaf.b = (t + by) % 1000003;
    }
    let weigh = |b: &Branch| b.left.a + b.left.b * 2 + b.right.a * 3 + b.right.b * 4;
    let (mut low, mut high, mut age, mut acc) = (branch(1), branch(5), 0u64, 0u64);
    for i in 0..n {
        touch(&mut low.left, i);
        touch(&mut high.right, acc);
        low.right.a = high.left.b + 1;
        age += 1;
        acc = (acc + weigh(&low) + weigh(&high)) % 1000003;
    }
    acc * 1000003 + age
}

fn generics(n: u64) -> u64 {
    fn pick<T: Copy>(condition: bool, a: &T, b: &T) -> T {
        if condition { *a } else { *b }
    }
    let mut acc = 1u64;
    for i in 0..n {
        let p = ((i % 256) as u8, acc);
        let q = (p.1, p.0);
        let v = q.0;
        acc = pick(i.is_multiple_of(2), &v, &acc);
        acc = (acc * 5 + u64::from(p.0)) % 1000000007;
    }
    acc
}

struct Account {
    balance: u64,
    nonce: u64,
}

fn crosscall(n: u64) -> u64 {
    fn debit(account: &mut Account, by: u64) -> bool {
        account.nonce += 1;
        if account.balance < by {
            return false;
        }
        account.balance -= by;
        true
    }
    let (mut a, mut b) = (Account { balance: 1000, nonce: 0 }, Account { balance: 500, nonce: 0 });
    let mut refused = 0u64;
    for i in 0..n {
        let amount = (i * 37 + b.nonce) % 97;
        if debit(&mut a, amount) {
            b.balance += amount;
        } else {
            refused += 1;
            let half = b.balance / 2;
            debit(&mut b, half);
            a.balance += half;
        }
    }
    a.balance * 1000003 + b.balance * 101 + refused
}

const WHO: [u8; 32] = [0xbe; 32];

fn counter(n: u64) -> u64 {
    let mut counters: BTreeMap<[u8; 32], u64> = BTreeMap::from([(WHO, 0)]);
    for i in 0..n {
        *counters.get_mut(&WHO).unwrap() += i & 3;
    }
    counters[&WHO]
}

fn churn(n: u64) -> u64 {
    let mut tickets: BTreeMap<[u8; 32], (u64, u64)> = BTreeMap::new();
    let mut acc = 0u64;
    for i in 0..n {
        tickets.insert(WHO, (i, acc % 1000));
        if tickets.contains_key(&WHO) {
            let (id, price) = tickets.remove(&WHO).unwrap();
            acc = (acc * 3 + id + price) % 1000000007;
        }
    }
    acc
}

fn table(n: u64) -> u64 {
    let mut cells: BTreeMap<[u8; 32], Vec<u64>> = BTreeMap::from([(WHO, (0..64).collect())]);
    for i in 0..n {
        let r = cells[&WHO][(i * 13 % 64) as usize];
        let w = &mut cells.get_mut(&WHO).unwrap()[(i * 7 % 64) as usize];
        *w = (*w + r + 1) % 65521;
    }
    let (mut data, mut acc) = (cells.remove(&WHO).unwrap(), 0u64);
    while let Some(last) = data.pop() {
        acc = (acc * 17 + last) % 1000000007;
    }
    acc
}

#[derive(Clone, Copy)]
struct Order {
    price: u64,
    qty: u64,
    seq: u64,
}

struct Heap {
    items: Vec<Order>,
    max_first: bool,
}

impl Heap {
    fn better(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.items[a], self.items[b]);
        if a.price == b.price {
            a.seq < b.seq
        } else if self.max_first {
            a.price > b.price
        } else {
            a.price < b.price
        }
    }

    fn push(&mut self, order: Order) {
        self.items.push(order);
        let mut i = self.items.len() - 1;
        while i > 0 {
            let parent = (i - 1) / 2;
            if !self.better(i, parent) {
                break;
            }
            self.items.swap(i, parent);
            i = parent;
        }
    }

    fn pop(&mut self) {
        let last = self.items.len() - 1;
        self.items.swap(0, last);
        self.items.pop();
        let mut i = 0;
        loop {
            let (mut best, left, right) = (i, 2 * i + 1, 2 * i + 2);
            if left < last && self.better(left, best) {
                best = left;
            }
            if right < last && self.better(right, best) {
                best = right;
            }
            if best == i {
                break;
            }
            self.items.swap(i, best);
            i = best;
        }
    }
}

fn book(n: u64) -> u64 {
    fn submit(own: &mut Heap, other: &mut Heap, buy: bool, mut order: Order) -> u64 {
        let mut traded = 0;
        while order.qty > 0 && !other.items.is_empty() {
            let top = &mut other.items[0];
            let crosses = if buy { order.price >= top.price } else { order.price <= top.price };
            if !crosses {
                break;
            }
            if top.qty > order.qty {
                traded += order.qty;
                top.qty -= order.qty;
                order.qty = 0;
            } else {
                traded += top.qty;
                order.qty -= top.qty;
                other.pop();
            }
        }
        if order.qty > 0 {
            own.push(order);
        }
        traded
    }
    let mut bids = Heap { items: Vec::new(), max_first: true };
    let mut asks = Heap { items: Vec::new(), max_first: false };
    let (mut seed, mut volume) = (12345u64, 0u64);
    for i in 0..n {
        seed = seed * 48271 % 2147483647;
        let order = Order { price: 900 + seed / 7 % 200, qty: 1 + seed / 131 % 50, seq: i };
        volume += if seed.is_multiple_of(2) {
            submit(&mut bids, &mut asks, true, order)
        } else {
            submit(&mut asks, &mut bids, false, order)
        };
    }
    volume * 1000 + bids.items.len() as u64 + asks.items.len() as u64
}

fn hash_chain<D: Digest>(n: u64) -> u64 {
    let mut digest = b"tenor".to_vec();
    for _ in 0..n {
        digest = D::digest(&digest).to_vec();
    }
    u64::from_be_bytes(digest[..8].try_into().unwrap())
}

#[derive(serde::Serialize)]
struct Leg {
    kind: u8,
    strike: u128,
    qty: u64,
}

#[derive(serde::Serialize)]
struct Position {
    owner: [u8; 32],
    open: bool,
    legs: Vec<Leg>,
    mark: [u8; 32],
}

fn serial(n: u64) -> u64 {
    let legs = (0..8).map(|k| Leg { kind: k as u8, strike: u128::from(k) * 1000000007, qty: k * k }).collect();
    let mut mark = wide(1);
    let mut owner = [0; 32];
    owner[30..].copy_from_slice(&[0xca, 0xfe]);
    let mut position = Position { owner, open: true, legs, mark: mark.to_le_bytes() };
    let mut acc = 0u64;
    for _ in 0..n {
        mark = mark.checked_add(wide(acc)).unwrap();
        position.mark = mark.to_le_bytes();
        let bytes = bcs::to_bytes(&position).unwrap();
        acc = (acc * 131 + bytes.len() as u64 + u64::from(bytes[bytes.len() - 32])) % 1000000007;
    }
    acc
}

enum Op {
    Push(u64),
    Add,
    Mul { modulus: u64 },
    Dup,
    Swap,
}

fn enums(n: u64) -> u64 {
    fn step(op: &Op, stack: &mut Vec<u64>) {
        match op {
            Op::Push(x) => stack.push(*x),
            Op::Add => {
                let (b, a) = (stack.pop().unwrap(), stack.pop().unwrap());
                stack.push((a + b) % 4294967291);
            }
            Op::Mul { modulus } => {
                let (b, a) = (stack.pop().unwrap(), stack.pop().unwrap());
                stack.push(a * b % modulus);
            }
            Op::Dup => stack.push(stack[stack.len() - 1]),
            Op::Swap => {
                let n = stack.len();
                stack.swap(n - 1, n - 2);
            }
        }
    }
    let program = [
        Op::Dup,
        Op::Push(31),
        Op::Mul { modulus: 65521 },
        Op::Swap,
        Op::Push(7),
        Op::Add,
        Op::Dup,
        Op::Add,
        Op::Add,
        Op::Push(3),
    ];
    let mut acc = 1u64;
    for i in 0..n {
        let mut stack = vec![acc];
        for op in &program {
            step(op, &mut stack);
        }
        acc = (stack.pop().unwrap() + stack.pop().unwrap() + i) % 65521;
    }
    acc
}
