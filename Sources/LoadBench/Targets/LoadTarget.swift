/// A server that requests are sent to.
public protocol LoadTarget: Sendable {
    /// What tables call it.
    var label: String { get }

    /// Sends one request and follows its answer to the end. A cancelled task ends the request.
    func send(_ request: LoadRequest) async -> RequestRecord
}
