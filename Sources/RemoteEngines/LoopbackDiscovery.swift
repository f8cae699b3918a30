import DeckCore
import HTTPClient

/// Looks for engines on this machine's usual ports.
public enum LoopbackDiscovery {
    /// What vLLM, SGLang, llama.cpp's server and loradeck listen on when nobody says otherwise, and the ports after it that
    /// people take for a second one.
    public static let ports: [UInt16] = [
        8000, 8001, 8002, 8003, 8080, 8081, 8082, 8083, 9931, 30000, 30001, 30002, 30003,
    ]
    /// Seconds for all of them together.
    public static let seconds = 3.0

    /// Those that answer as an engine does. No key is sent to a port of which nobody knows who listens there.
    public static func find() async -> [HTTPAddress] {
        var found: [HTTPAddress] = []
        for await address in answers(ports: ports, seconds: seconds, clock: ContinuousClock()) { found.append(address) }
        return found.sorted { $0.port < $1.port }
    }

    /// Each as it answers. Ends when all have, or when so many seconds passed: whoever has not answered by then is left out.
    static func answers(ports: [UInt16], seconds: Double, clock: some Clock<Duration>) -> AsyncStream<HTTPAddress> {
        let deadline = clock.now.advanced(by: .seconds(seconds))
        return AsyncStream { continuation in
            let search = Task {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await withTaskGroup(of: Void.self) { group in
                            for port in ports {
                                group.addTask {
                                    let address = HTTPAddress(loopbackPort: port)
                                    guard (try? await Attachment.kind(at: address, key: nil)) != nil else { return }
                                    continuation.yield(address)
                                }
                            }
                        }
                    }
                    group.addTask { try? await clock.sleep(until: deadline, tolerance: nil) }
                    await group.next()
                    // What comes after this is not heard.
                    continuation.finish()
                    group.cancelAll()
                }
            }
            continuation.onTermination = { _ in search.cancel() }
        }
    }
}
