/// Which numbers, and how many elements, a field of what comes over a wire may hold.
///
/// A field is held to `.count` unless its type declares other bounds for it (`CheckedOnWire`): a new one is bounded before
/// anybody thinks of it.
public struct WireBounds: Hashable, Sendable {
    /// Every bound is exact as a `Double`.
    let least: Double
    let most: Double
    /// Whether infinities and what is no number may stand there.
    private(set) var allowsNonFinite = false
    /// Most elements of a list, or members of a dictionary.
    private(set) var elements = 10_000
    /// What is wrong with a number outside, where the bounds themselves say it badly.
    private(set) var sentence: String?

    public init(_ least: Double, _ most: Double) {
        self.least = least
        self.most = most
    }

    /// What is counted: pages, tokens, bytes, requests; and rates.
    public static let count = WireBounds(0, 0x1p48)
    /// Ids of tokens, many times as many as the longest context has.
    public static let tokens = count.elements(1 << 21)
    /// What may be negative, such as a penalty or a scale.
    public static let signed = WireBounds(-0x1p48, 0x1p48)
    /// A part of a whole.
    public static let share = WireBounds(0, 1)
    /// All 64 bits, with and without a sign.
    public static let bits = WireBounds(-0x1p63, 0x1p64)
    /// A natural logarithm of a probability: minus infinity where there is none.
    public static let logprob = signed.orNonFinite
    /// How long something took.
    public static let seconds = WireBounds(0, century)
    /// How long after something else it was; a little before it where two threads stamped them.
    public static let delay = WireBounds(-century, century)
    /// A moment, in seconds from the first day of 2001.
    static let moment = delay.saying("more than a century from 2001")

    /// A moment, in seconds from the first day of 1970.
    public static let epoch = WireBounds(0, century + 978_307_200).saying(moment.sentence ?? "")

    private static let century = 100 * 365.25 * 86_400

    public static func upTo(_ most: Int) -> WireBounds { WireBounds(0, Double(most)) }

    /// The same for every element of a list of at most so many.
    public func elements(_ most: Int) -> WireBounds {
        var bounds = self
        bounds.elements = most
        return bounds
    }

    private var orNonFinite: WireBounds {
        var bounds = self
        bounds.allowsNonFinite = true
        return bounds
    }

    private func saying(_ sentence: String) -> WireBounds {
        var bounds = self
        bounds.sentence = sentence
        return bounds
    }

    /// What is wrong with a number; nil when nothing is.
    public func complaint(_ number: Double) -> String? {
        guard number.isFinite else { return allowsNonFinite ? nil : "not a finite number" }
        if number < least { return sentence ?? "less than \(Self.name(least))" }
        if number > most { return sentence ?? "more than \(Self.name(most))" }
        return nil
    }

    /// What is wrong with a number of elements; nil when nothing is.
    func complaint(elements count: Int) -> String? {
        count > elements ? "more than \(elements)" : nil
    }

    /// A bound as a person reads it: `2^48`, `1`, `3155760000`.
    private static func name(_ bound: Double) -> String {
        let sign = bound < 0 ? "-" : ""
        if bound.magnitude >= 4096, bound.significand == 1 || bound.significand == -1 {
            return "\(sign)2^\(bound.exponent)"
        }
        return Int(exactly: bound).map { "\($0)" } ?? "\(bound)"
    }
}
