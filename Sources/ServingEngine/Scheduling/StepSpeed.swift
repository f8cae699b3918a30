/// What a step costs, from the steps that ran: seconds = base + rows x slope, by least squares over steps that are
/// forgotten exponentially. The chunked prefill of Sarathi-Serve (Agrawal et al., OSDI 2024) sizes its chunks by it.
struct StepSpeed: Sendable {
    /// What a step's weight is multiplied by when another one ran: the last fifty count most.
    private static let memory = 0.98
    /// A step that took more than this times what was expected counts as just that: a machine that was busy elsewhere for a
    /// moment moves the line little, one that became slower moves it in a few steps.
    private static let surprise = 3.0

    private var count = 0.0
    private var sumRows = 0.0
    private var sumSeconds = 0.0
    private var sumSquares = 0.0
    private var sumProducts = 0.0
    /// Seconds of a step without rows.
    private(set) var base = 0.0
    /// Seconds that a row adds.
    private(set) var slope = 0.0

    /// Prompt tokens and seconds of steps that computed prompts, and of all steps while prompts were wanted.
    private var computing = Share()
    private var wanting = Share()

    private struct Share: Sendable {
        var tokens = 0.0
        var seconds = 0.0
        var rate: Double? { tokens > 0 && seconds > 0 ? tokens / seconds : nil }

        mutating func add(_ newTokens: Int, _ newSeconds: Double) {
            tokens = tokens * StepSpeed.memory + Double(newTokens)
            seconds = seconds * StepSpeed.memory + newSeconds
        }
    }

    /// Nil before any step was measured.
    func seconds(rows: Int) -> Double? { count > 0 ? base + slope * Double(rows) : nil }

    /// Rows that a step of `seconds` has time for; nil when nothing bounds them.
    func rows(within seconds: Double) -> Int? {
        guard count > 0, slope > 0 else { return nil }
        return Int(min(max(0, (seconds - base) / slope), 1e6))
    }

    /// Prompt tokens a second of a step that computes some: what a tenant that has room in the batch can expect.
    var prefillRate: Double? { computing.rate }
    /// Prompt tokens a second while some wait, whether or not the batch had room for them.
    var admissionRate: Double? { wanting.rate }

    /// A step of `prefill` and `decode` rows ran; `isWanted` says that prompts were waiting to be computed.
    mutating func ran(prefill: Int, decode: Int, seconds: Double, isWanted: Bool) {
        guard prefill + decode > 0, seconds >= 0, seconds.isFinite else { return }
        if prefill > 0 { computing.add(prefill, seconds) }
        if isWanted { wanting.add(prefill, seconds) }
        let rows = Double(prefill + decode)
        let expected = self.seconds(rows: prefill + decode) ?? seconds
        let seen = min(seconds, Self.surprise * max(expected, 1e-4))
        count = count * Self.memory + 1
        sumRows = sumRows * Self.memory + rows
        sumSeconds = sumSeconds * Self.memory + seen
        sumSquares = sumSquares * Self.memory + rows * rows
        sumProducts = sumProducts * Self.memory + rows * seen
        fit()
    }

    private mutating func fit() {
        let meanRows = sumRows / count
        let meanSeconds = sumSeconds / count
        let variance = sumSquares / count - meanRows * meanRows
        // Steps of one size tell nothing of the slope: it stays, or all is put down to the rows, which keeps chunks small.
        if variance > 0.25 {
            slope = max(0, (sumProducts / count - meanRows * meanSeconds) / variance)
        } else if slope == 0 {
            slope = meanSeconds / meanRows
        }
        base = meanSeconds - slope * meanRows
        guard base < 0 else { return }
        base = 0
        slope = sumProducts / sumSquares
    }
}
