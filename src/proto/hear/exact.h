/* Logarithm, power and sine with the same bits on every machine: only IEEE additions, products and
 * divisions, compiled without contraction. The C library's are faster on some machines and round
 * differently there; then training would not end at the same weights. */
#ifndef PROTO_HEAR_EXACT_H
#define PROTO_HEAR_EXACT_H

/* Base 2. `x` is positive and normal. Error below 2e-7, relative to 1. */
float exact_log2(float x);
/* 2^x. `x` is held to -126..126. Relative error below 3e-7. */
float exact_exp2(float x);
/* Sine of `turn` whole turns. */
double exact_sine(double turn);
/* Square root, x >= 0. IEEE says that it is rounded exactly. */
float exact_root(float x);

#endif
