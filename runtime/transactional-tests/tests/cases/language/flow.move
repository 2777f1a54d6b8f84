//# publish
module 0x42::flow {
    public fun labels(): u64 {
        let n = 0;
        let i = 0;
        'outer: while (i < 10) {
            i += 1;
            for (j in 0..10) {
                if (j >= i) continue 'outer;
                if (i == 5) break 'outer;
                n += 1;
            };
        };
        n
    }
    public fun collatz(x: u64): u64 {
        let steps = 0;
        while (x != 1) {
            x = if (x % 2 == 0) x / 2 else 3 * x + 1;
            steps += 1;
        };
        steps
    }
    public fun looped(): (u64, bool) {
        let i = 0;
        loop {
            i += 3;
            if (i > 20) break;
        };
        (i, i >= 21 && (i < 21 || i == 21))
    }
    public fun order(): vector<u8> {
        let log = vector[];
        let x = 1u64;
        let sum = { log.push_back(1); x } + { x = 5; log.push_back(2); x } * { log.push_back(3); 2 };
        log.push_back((sum as u8));
        log
    }
    public fun short(a: bool): bool { a && { assert!(false, 3); true } }
    public fun shadow(x: u64): u64 { let x = x + 1; { let x = 100; let _ = x; }; x }
    public fun ints(): (u8, u128, u256, bool) {
        ((300u64 % 256 as u8), 1u128 << 100, 7u256 ^ 2, 5 & 3 == 1)
    }
    public fun copies(): (vector<u64>, vector<u64>) {
        let a = vector[1];
        let b = copy a;
        b[0] = 2;
        (a, move b)
    }
    public fun swap(): (u64, u64) {
        let (a, b) = (1, 2);
        (a, b) = (b, a);
        (a, b)
    }
}

//# run 0x42::flow::labels

//# run 0x42::flow::collatz --args 27

//# run 0x42::flow::looped

//# run 0x42::flow::order

//# run 0x42::flow::short --args false

//# run 0x42::flow::short --args true

//# run 0x42::flow::shadow --args 1

//# run 0x42::flow::ints

//# run 0x42::flow::copies

//# run 0x42::flow::swap
