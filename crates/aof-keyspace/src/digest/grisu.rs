//! The digits of a number, as the servers find them: Grisu2, which seldom gives one digit more than are needed.
//!
//! Every step is that of fpconv, which the servers bring along: the digest is over these very digits.

/// A number of 64 bits with an exponent of 2.
#[derive(Clone, Copy)]
struct Fp {
    frac: u64,
    exp: i32,
}

const HIDDEN: u64 = 1 << 52;

/// The number that follows from digits: they come first, then the exponent of 10 of the last of them. `number` is
/// finite and not 0; its sign is left out.
pub(super) fn digits(number: f64) -> (Vec<u8>, i32) {
    let exact = taken_apart(number);
    let (low, high) = boundaries(exact);
    let (power, exponent) = power_for(high.exp);
    let scaled = normal(exact).times(power);
    let (mut low, mut high) = (low.times(power), high.times(power));
    low.frac += 1;
    high.frac -= 1;
    generate(scaled, low, high, -exponent)
}

fn taken_apart(number: f64) -> Fp {
    let bits = number.to_bits();
    let frac = bits & (HIDDEN - 1);
    match (bits >> 52 & 0x7ff) as i32 {
        0 => Fp { frac, exp: -1074 },
        exp => Fp { frac: frac + HIDDEN, exp: exp - 1075 },
    }
}

fn normal(fp: Fp) -> Fp {
    let zeros = fp.frac.leading_zeros();
    Fp { frac: fp.frac << zeros, exp: fp.exp - zeros as i32 }
}

/// Halfway to the numbers below and above it, with the same exponent.
fn boundaries(fp: Fp) -> (Fp, Fp) {
    let high = normal(Fp { frac: (fp.frac << 1) + 1, exp: fp.exp - 1 });
    // The number below a power of 2 is nearer.
    let shift = if fp.frac == HIDDEN { 2 } else { 1 };
    let exp = fp.exp - shift;
    let low = Fp { frac: ((fp.frac << shift) - 1) << (exp - high.exp), exp: high.exp };
    (low, high)
}

impl Fp {
    fn times(self, other: Self) -> Self {
        let low = |n: u64| n & 0xffff_ffff;
        let (a, b) = (self.frac, other.frac);
        let (high_low, low_high) = ((a >> 32) * low(b), low(a) * (b >> 32));
        let middle = low(high_low) + low(low_high) + ((low(a) * low(b)) >> 32) + (1 << 31);
        let high = (a >> 32) * (b >> 32) + (high_low >> 32) + (low_high >> 32) + (middle >> 32);
        Self { frac: high, exp: self.exp + other.exp + 64 }
    }
}

/// A power of 10 that brings a number with this exponent near to 1, and which.
fn power_for(exp: i32) -> (Fp, i32) {
    let guess = (f64::from(-(exp + POWERS.len() as i32)) * 0.301_029_995_663_981_14) as i32;
    let mut at = (guess - FIRST) / STEP;
    loop {
        let exponent = FIRST + at * STEP;
        let power = Fp { frac: POWERS[at as usize], exp: ((exponent * 217_706) >> 16) - 63 };
        match exp + power.exp + 64 {
            ..-60 => at += 1,
            -31.. => at -= 1,
            _ => return (power, exponent),
        }
    }
}

fn generate(exact: Fp, low: Fp, high: Fp, mut exponent: i32) -> (Vec<u8>, i32) {
    let (mut digits, shift) = (Vec::with_capacity(18), -high.exp);
    let (mut delta, gap) = (high.frac - low.frac, high.frac - exact.frac);
    let one = 1u64 << shift;
    let (mut whole, mut part) = (high.frac >> shift, high.frac & (one - 1));
    for kappa in (0..10).rev() {
        let unit = 10u64.pow(kappa);
        push(&mut digits, whole / unit);
        whole %= unit;
        let rest = (whole << shift) + part;
        if rest <= delta {
            exponent += kappa as i32;
            round(&mut digits, delta, rest, unit << shift, gap);
            return (digits, exponent);
        }
    }
    let mut unit = 1u64;
    loop {
        (part, delta, unit) = (part * 10, delta * 10, unit.wrapping_mul(10));
        exponent -= 1;
        push(&mut digits, part >> shift);
        part &= one - 1;
        if part < delta {
            round(&mut digits, delta, part, one, gap.wrapping_mul(unit));
            return (digits, exponent);
        }
    }
}

/// Without zeros before the first digit.
fn push(digits: &mut Vec<u8>, digit: u64) {
    if digit != 0 || !digits.is_empty() {
        digits.push(b'0' + digit as u8);
    }
}

/// Brings the last digit as near as it gets.
fn round(digits: &mut [u8], delta: u64, mut rest: u64, unit: u64, gap: u64) {
    let Some(last) = digits.last_mut() else { return };
    while rest < gap
        && delta - rest >= unit
        && (rest + unit < gap || gap - rest > rest + unit - gap)
    {
        *last -= 1;
        rest += unit;
    }
}

const FIRST: i32 = -348;
const STEP: i32 = 8;

/// 10 to the power of [`FIRST`] and every [`STEP`] from there, to 64 bits.
#[rustfmt::skip]
const POWERS: [u64; 87] = [
    0xfa8f_d5a0_081c_0288, 0xbaae_e17f_a23e_bf76, 0x8b16_fb20_3055_ac76, 0xcf42_894a_5dce_35ea,
    0x9a6b_b0aa_5565_3b2d, 0xe61a_cf03_3d1a_45df, 0xab70_fe17_c79a_c6ca, 0xff77_b1fc_bebc_dc4f,
    0xbe56_91ef_416b_d60c, 0x8dd0_1fad_907f_fc3c, 0xd351_5c28_3155_9a83, 0x9d71_ac8f_ada6_c9b5,
    0xea9c_2277_23ee_8bcb, 0xaecc_4991_4078_536d, 0x823c_1279_5db6_ce57, 0xc210_9436_4dfb_5637,
    0x9096_ea6f_3848_984f, 0xd774_85cb_2582_3ac7, 0xa086_cfcd_97bf_97f4, 0xef34_0a98_172a_ace5,
    0xb238_67fb_2a35_b28e, 0x84c8_d4df_d2c6_3f3b, 0xc5dd_4427_1ad3_cdba, 0x936b_9fce_bb25_c996,
    0xdbac_6c24_7d62_a584, 0xa3ab_6658_0d5f_daf6, 0xf3e2_f893_dec3_f126, 0xb5b5_ada8_aaff_80b8,
    0x8762_5f05_6c7c_4a8b, 0xc9bc_ff60_34c1_3053, 0x964e_858c_91ba_2655, 0xdff9_7724_7029_7ebd,
    0xa6df_bd9f_b8e5_b88f, 0xf8a9_5fcf_8874_7d94, 0xb944_7093_8fa8_9bcf, 0x8a08_f0f8_bf0f_156b,
    0xcdb0_2555_6531_31b6, 0x993f_e2c6_d07b_7fac, 0xe45c_10c4_2a2b_3b06, 0xaa24_2499_6973_92d3,
    0xfd87_b5f2_8300_ca0e, 0xbce5_0864_9211_1aeb, 0x8cbc_cc09_6f50_88cc, 0xd1b7_1758_e219_652c,
    0x9c40_0000_0000_0000, 0xe8d4_a510_0000_0000, 0xad78_ebc5_ac62_0000, 0x813f_3978_f894_0984,
    0xc097_ce7b_c907_15b3, 0x8f7e_32ce_7bea_5c70, 0xd5d2_38a4_abe9_8068, 0x9f4f_2726_179a_2245,
    0xed63_a231_d4c4_fb27, 0xb0de_6538_8cc8_ada8, 0x83c7_088e_1aab_65db, 0xc45d_1df9_4271_1d9a,
    0x924d_692c_a61b_e758, 0xda01_ee64_1a70_8dea, 0xa26d_a399_9aef_774a, 0xf209_787b_b47d_6b85,
    0xb454_e4a1_79dd_1877, 0x865b_8692_5b9b_c5c2, 0xc835_53c5_c896_5d3d, 0x952a_b45c_fa97_a0b3,
    0xde46_9fbd_99a0_5fe3, 0xa59b_c234_db39_8c25, 0xf6c6_9a72_a398_9f5c, 0xb7dc_bf53_54e9_bece,
    0x88fc_f317_f222_41e2, 0xcc20_ce9b_d35c_78a5, 0x9816_5af3_7b21_53df, 0xe2a0_b5dc_971f_303a,
    0xa8d9_d153_5ce3_b396, 0xfb9b_7cd9_a4a7_443c, 0xbb76_4c4c_a7a4_4410, 0x8bab_8eef_b640_9c1a,
    0xd01f_ef10_a657_842c, 0x9b10_a4e5_e991_3129, 0xe710_9bfb_a19c_0c9d, 0xac28_20d9_623b_f429,
    0x8044_4b5e_7aa7_cf85, 0xbf21_e440_03ac_dd2d, 0x8e67_9c2f_5e44_ff8f, 0xd433_179d_9c8c_b841,
    0x9e19_db92_b4e3_1ba9, 0xeb96_bf6e_badf_77d9, 0xaf87_023b_9bf0_ee6b,
];
