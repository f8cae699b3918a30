import DeckCore
import Foundation
import ModelFiles

/// The requests of one `generate`: what is asked of whom, and what could not even be asked.
struct GenerateBatch: Sendable {
    enum Entry: Sendable {
        case request(Answer, PromptRequest)
        case failed(Answer)
    }

    private(set) var entries: [Entry] = []
    /// Adapters that the requests use, each once.
    private(set) var adapters: [NamedAdapter] = []
    private var places: [String: NamedAdapter] = [:]

    /// Adds a request to the adapter that `target` means.
    mutating func add(id: JSONValue, target: String?, request: PromptRequest, names known: AdapterNames) {
        guard let target else {
            return entries.append(.request(Answer(id: id, adapter: nil, request: request), request))
        }
        do throws(Failure) {
            let adapter = distinct(try known.find(target), known)
            if places.updateValue(adapter, forKey: adapter.name) == nil { adapters.append(adapter) }
            var request = request
            request.adapter = adapter.name
            entries.append(.request(Answer(id: id, adapter: target, request: request), request))
        } catch {
            entries.append(.failed(Answer(id: id, error: error.description)))
        }
    }

    /// An adapter given by its path under a name that no other has: one called as another's folder is not that one.
    private func distinct(_ adapter: NamedAdapter, _ known: AdapterNames) -> NamedAdapter {
        var found = adapter
        var count = 1
        while let other = places[found.name] ?? known.byName[found.name], other.path != adapter.path {
            count += 1
            found = NamedAdapter(name: "\(adapter.name)~\(count)", path: adapter.path)
        }
        return found
    }

    mutating func add(failure: BatchLine.Problem) {
        entries.append(.failed(Answer(id: failure.id, error: failure.reason)))
    }

    /// Answers the requests of an adapter with the reason why it is not served.
    mutating func refuse(_ adapter: NamedAdapter, reason: String) {
        entries = entries.map { entry in
            guard case .request(let answer, let request) = entry, request.adapter == adapter.name else { return entry }
            return .failed(Answer(id: answer.id, error: reason))
        }
    }

    /// Answers the requests that `problem` finds one with.
    mutating func refuse(_ problem: (PromptRequest) -> String?) {
        entries = entries.map { entry in
            guard case .request(let answer, let request) = entry, let reason = problem(request) else { return entry }
            return .failed(Answer(id: answer.id, error: reason))
        }
    }

    /// Submits every request at once and hands the answers over in the order of the requests, each as soon as it and those
    /// before it are there. `onText` gets pieces of the text of a batch of one.
    func run(
        on deck: any Deck, onText: @escaping @Sendable (String) -> Void = { _ in }, onAnswer: (Answer) throws -> Void
    ) async rethrows {
        var requests: [PromptRequest] = []
        var starts: [Int: Answer] = [:]
        for (index, entry) in entries.enumerated() {
            guard case .request(let answer, let request) = entry else { continue }
            requests.append(request)
            starts[index] = answer
        }
        let positions = starts.keys.sorted()
        let streams = deck.submit(requests)
        let isAlone = entries.count == 1
        try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for (position, stream) in zip(positions, streams) {
                guard let start = starts[position] else { continue }
                group.addTask {
                    (position, await Answer.collect(stream, into: start) { if isAlone { onText($0) } })
                }
            }
            var done: [Int: Answer] = [:]
            for (index, entry) in entries.enumerated() {
                if case .failed(let answer) = entry { done[index] = answer }
            }
            var next = 0
            while true {
                while let answer = done.removeValue(forKey: next) {
                    try onAnswer(answer)
                    next += 1
                }
                guard let (index, answer) = try await group.next() else { break }
                done[index] = answer
            }
        }
    }
}
