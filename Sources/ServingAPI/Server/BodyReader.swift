import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Reads a request's body within bounds of size and time, and within its tenant's share of memory.
struct BodyReader: Sendable {
    let maxBytes: Int
    let seconds: Double
    let budget: BodyBudget

    func read(_ request: Request, of tenant: String) async throws(APIError) -> ReceivedBody {
        let tooLarge = APIError(status: 413, message: "the body is larger than \(maxBytes) bytes", closes: true)
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maxBytes { throw tooLarge }
        // A page of some site in a browser on this machine could send anything else without asking.
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() } ?? ""
        guard type.filter({ !$0.isWhitespace }) == "application/json" else {
            throw APIError(status: 415, message: "Unsupported Media Type: Only 'application/json' is allowed")
        }
        let body = request.body
        let limits = (bytes: maxBytes, seconds: seconds)
        let received = ReceivedBody(of: tenant, budget: budget)
        let result = await withTaskGroup(of: Result<ReceivedBody, APIError>?.self) { group in
            group.addTask {
                do {
                    for try await piece in body {
                        guard received.count + piece.readableBytes <= limits.bytes else { return .failure(tooLarge) }
                        try received.append(piece.readableBytesView)
                    }
                    return .success(received)
                } catch let error as APIError {
                    return .failure(error)
                } catch is CancellationError {
                    return nil
                } catch {
                    return .failure(.invalid("the body ended too early"))
                }
            }
            group.addTask {
                guard (try? await Task.sleep(for: .seconds(limits.seconds))) != nil else { return nil }
                return .failure(
                    APIError(
                        status: 408, message: "the body did not arrive within \(limits.seconds) seconds",
                        closes: true))
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        return try (result ?? .failure(.invalid("the body ended too early"))).get()
    }
}
