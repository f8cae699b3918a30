import CKernels
import DeckCore
import Foundation

/// Log-probabilities of one row of logits, as the model gave them: before penalties and temperature, as vLLM reports them.
struct LogProbabilities {
    let logits: UnsafeMutableBufferPointer<Float>
    /// log of the sum of exp(logit), shifted by the maximum so that nothing overflows, summed in double precision; NaN when a
    /// logit is no number.
    let logSum: Double

    /// `logits` must outlive the value, unchanged.
    init(_ logits: UnsafeMutableBufferPointer<Float>) {
        self.logits = logits
        guard let start = logits.baseAddress, case let best = deck_largest(start, logits.count),
            best >= 0
        else {
            logSum = .nan
            return
        }
        logSum =
            Double(start[best]) + log(deck_exponentials(start, logits.count, start[best], 1, 0, nil))
    }

    subscript(token: Int) -> Float { Float(Double(logits[token]) - logSum) }

    /// The `count` most likely tokens, most likely first; of equals, the smaller id first.
    func top(_ count: Int) -> [TokenLogprob] {
        Candidates.best(count, of: logits).map {
            TokenLogprob(token: Int($0.token), logprob: self[Int($0.token)])
        }
    }

    /// KL(self, other) over the whole vocabulary, in nats.
    func divergence(to other: LogProbabilities) -> Double {
        var sum = 0.0
        for token in 0..<logits.count {
            let mine = Double(logits[token]) - logSum
            sum += exp(mine) * (mine - (Double(other.logits[token]) - other.logSum))
        }
        return max(0, sum)
    }
}
