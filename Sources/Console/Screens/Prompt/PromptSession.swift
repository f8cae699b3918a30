import DeckCore
import TerminalKit

/// The same prompt sent to one or several targets at once, and what has come back of it.
public struct PromptSession: Hashable, Sendable {
    /// How a column's stream ended, or that it did not.
    public enum End: Hashable, Sendable {
        case live
        case finished(FinishReason)
        case failed(String)
        /// The operator stopped it.
        case stopped

        /// Whether the answer is all that the model had to say.
        var isWhole: Bool {
            if case .finished(let reason) = self { reason != .aborted } else { false }
        }
    }

    /// One target's answer.
    public struct Column: Hashable, Sendable {
        public let target: Target
        public var request: RequestID?
        public var promptTokens: Int?
        /// The answer so far, safe to draw.
        public private(set) var text = ""
        /// For each token, how many scalars of the text had come with it.
        public private(set) var ends: [Int] = []
        public var tokens = 0
        public var end = End.live
        /// Seconds after submission: the engine's own stamps once it is finished, the console's until then.
        public var firstToken: Double?
        public var lastToken: Double?
        /// As the model wrote it, never drawn: a character's scalars may come in several pieces, so cleaning starts
        /// from the whole.
        private var raw = ""

        public init(target: Target) { self.target = target }

        public var isLive: Bool { end == .live }

        /// Tokens a second after the first one; nil before there are two.
        public var tokensPerSecond: Double? {
            guard let firstToken, let lastToken, tokens > 1, lastToken > firstToken else { return nil }
            return Double(tokens - 1) / (lastToken - firstToken)
        }

        mutating func append(_ piece: String) {
            guard !piece.isEmpty else { return }
            raw += piece
            text = Sanitiser.text(raw)
        }

        mutating func appendToken(_ piece: String) {
            append(piece)
            tokens += 1
            ends.append(text.unicodeScalars.count)
        }
    }

    public let id: Int
    /// Safe to draw.
    public let prompt: String
    /// The console's clock at submission.
    public let submitted: Double
    public internal(set) var columns: [Column]

    public init(id: Int, prompt: String, submitted: Double, targets: [Target]) {
        self.id = id
        self.prompt = prompt
        self.submitted = submitted
        self.columns = targets.map(Column.init)
    }

    public var isLive: Bool { columns.contains(where: \.isLive) }

    /// What the others are held against: the base, or the first where the base was not asked.
    public var reference: Column? { columns.first { $0.target == .base } ?? columns.first }

    /// Where a column first differs from the reference; nil for the reference itself.
    func difference(of column: Column) -> FirstDifference? {
        guard let reference, reference.target != column.target else { return nil }
        return FirstDifference(
            of: column.text, isWhole: column.end.isWhole, ends: column.ends, from: reference.text,
            baseIsWhole: reference.end.isWhole)
    }

    /// Takes one update in. Nothing changes a column that has ended.
    mutating func apply(_ update: PromptUpdate, column index: Int, now: Double) {
        guard columns.indices.contains(index), columns[index].isLive else { return }
        let elapsed = now - submitted
        switch update {
        case .started(let request, let promptTokens):
            columns[index].request = request
            columns[index].promptTokens = promptTokens.isEmpty ? nil : promptTokens.count
        case .promptAlternatives: break
        case .token(_, let text, _, _):
            columns[index].appendToken(text)
            if columns[index].firstToken == nil { columns[index].firstToken = elapsed }
            columns[index].lastToken = elapsed
        case .finished(let reason, let text, _, let timeline):
            columns[index].append(text)
            columns[index].end = .finished(reason)
            if let first = timeline.firstToken { columns[index].firstToken = first }
            if let last = timeline.finished { columns[index].lastToken = last }
        case .failed:
            columns[index].end = .failed(Sanitiser.line(update.failure ?? ""))
        }
    }

    /// Marks every live column as stopped by the operator.
    mutating func stop() {
        for index in columns.indices where columns[index].isLive { columns[index].end = .stopped }
    }
}
