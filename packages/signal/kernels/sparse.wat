;; Sparse input × dense weights: the arithmetic of the small networks, four floats at a time (see src/kernel.ts).
;; After a rectifier half of the inputs are zero, so the inputs that count are listed once and the products run over the list.
;; Addresses and lengths come in floats. Bytes 0 … 4111 hold where in the list each input begins, bytes 4112 … 12303 the list itself:
;; pairs of the byte offset of the input's row of weights and its value.
(module
  (memory (export "memory") 1)

  ;; Lists the inputs x[at … at + n) that are positive, or with `signed` the ones that are not zero. n ≤ 1023.
  (func (export "gather") (param $at i32) (param $n i32) (param $signed i32)
    (local $i i32) (local $list i32) (local $x f32)
    (local.set $at (i32.shl (local.get $at) (i32.const 2)))
    (local.set $list (i32.const 4112))
    (block $done
      (loop $next
        (i32.store (i32.shl (local.get $i) (i32.const 2)) (local.get $list))
        (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
        (local.set $x (f32.load (local.get $at)))
        (i32.store (local.get $list) (i32.mul (local.get $i) (i32.const 96)))
        (f32.store offset=4 (local.get $list) (local.get $x))
        ;; An input that does not count is overwritten by the next.
        (local.set $list (i32.add (local.get $list) (i32.shl
          (i32.or
            (f32.gt (local.get $x) (f32.const 0))
            (i32.and (local.get $signed) (f32.ne (local.get $x) (f32.const 0))))
          (i32.const 3))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))

  ;; For each of `positions` windows of `span` inputs, `step` apart: out[24 × blocks] += window × weights.
  ;; Weights are [blocks × span × 24].
  (func (export "multiply")
    (param $step i32) (param $span i32) (param $positions i32) (param $weights i32) (param $blocks i32) (param $out i32)
    (local $start i32) (local $from i32) (local $to i32) (local $rows i32) (local $block i32) (local $j i32) (local $w i32)
    (local $x v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $e v128) (local $f v128)
    (local.set $weights (i32.shl (local.get $weights) (i32.const 2)))
    (local.set $out (i32.shl (local.get $out) (i32.const 2)))
    (loop $position
      (local.set $from (i32.load (i32.shl (local.get $start) (i32.const 2))))
      (local.set $to (i32.load (i32.shl (i32.add (local.get $start) (local.get $span)) (i32.const 2))))
      ;; The list counts rows of weights from the first input, the window from its own.
      (local.set $rows (i32.sub (local.get $weights) (i32.mul (local.get $start) (i32.const 96))))
      (local.set $block (local.get $blocks))
      (loop $columns
        (local.set $a (v128.load (local.get $out)))
        (local.set $b (v128.load offset=16 (local.get $out)))
        (local.set $c (v128.load offset=32 (local.get $out)))
        (local.set $d (v128.load offset=48 (local.get $out)))
        (local.set $e (v128.load offset=64 (local.get $out)))
        (local.set $f (v128.load offset=80 (local.get $out)))
        (local.set $j (local.get $from))
        (block $done
          (loop $input
            (br_if $done (i32.ge_u (local.get $j) (local.get $to)))
            (local.set $w (i32.add (local.get $rows) (i32.load (local.get $j))))
            (local.set $x (v128.load32_splat offset=4 (local.get $j)))
            (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $x) (v128.load (local.get $w)))))
            (local.set $b (f32x4.add (local.get $b) (f32x4.mul (local.get $x) (v128.load offset=16 (local.get $w)))))
            (local.set $c (f32x4.add (local.get $c) (f32x4.mul (local.get $x) (v128.load offset=32 (local.get $w)))))
            (local.set $d (f32x4.add (local.get $d) (f32x4.mul (local.get $x) (v128.load offset=48 (local.get $w)))))
            (local.set $e (f32x4.add (local.get $e) (f32x4.mul (local.get $x) (v128.load offset=64 (local.get $w)))))
            (local.set $f (f32x4.add (local.get $f) (f32x4.mul (local.get $x) (v128.load offset=80 (local.get $w)))))
            (local.set $j (i32.add (local.get $j) (i32.const 8)))
            (br $input)))
        (v128.store (local.get $out) (local.get $a))
        (v128.store offset=16 (local.get $out) (local.get $b))
        (v128.store offset=32 (local.get $out) (local.get $c))
        (v128.store offset=48 (local.get $out) (local.get $d))
        (v128.store offset=64 (local.get $out) (local.get $e))
        (v128.store offset=80 (local.get $out) (local.get $f))
        (local.set $out (i32.add (local.get $out) (i32.const 96)))
        (local.set $rows (i32.add (local.get $rows) (i32.mul (local.get $span) (i32.const 96))))
        (local.set $block (i32.sub (local.get $block) (i32.const 1)))
        (br_if $columns (local.get $block)))
      (local.set $start (i32.add (local.get $start) (local.get $step)))
      (local.set $positions (i32.sub (local.get $positions) (i32.const 1)))
      (br_if $position (local.get $positions)))))
