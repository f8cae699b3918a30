/// A number of parameters as a model's name gives it: `135m`, `1.1b`, `8x7b`.
struct ModelSize: Hashable, Sendable {
    let text: String
    /// Nil for a mixture's `8x7b`, which is compared as it is written.
    private let millions: Double?
    /// What one more in the last digit would add, in millions.
    private let step: Double

    /// `word` in lower case. Nil for what is no size.
    init?(_ word: String) {
        guard let unit = word.last, unit == "b" || unit == "m", let first = word.first, first.isNumber else {
            return nil
        }
        let digits = word.dropLast()
        guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "." || $0 == "x") }) else { return nil }
        text = word
        let scale: Double = unit == "b" ? 1000 : 1
        guard !digits.contains("x"), let value = Double(String(digits)) else {
            guard digits.contains("x") else { return nil }
            millions = nil
            step = 0
            return
        }
        millions = value * scale
        let decimals = digits.firstIndex(of: ".").map { digits[$0...].count - 1 } ?? 0
        step = (0..<decimals).reduce(scale) { step, _ in step / 10 }
    }

    /// Whether both can be one number, rounded as each is: 0.5b and 494m, 7b and 6.7b; not 1b and 1.5b.
    func agrees(with other: ModelSize) -> Bool {
        guard let millions, let theirs = other.millions else { return text == other.text }
        return millions == theirs || abs(millions - theirs) < max(step, other.step) / 2
    }
}
