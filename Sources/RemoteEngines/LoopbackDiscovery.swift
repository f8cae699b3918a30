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
    public static func find(ports: [UInt16] = ports, seconds: Double = seconds) async -> [HTTPAddress] {
        await withTaskGroup(of: UInt16?.self) { group in
            for port in ports {
                group.addTask {
                    let address = HTTPAddress(loopbackPort: port)
                    return (try? await Attachment.kind(at: address, key: nil)) == nil ? nil : port
                }
            }
            // Whoever has not answered by then is left out.
            group.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                return 0
            }
            var found: [UInt16] = []
            var left = ports.count
            while left > 0, let port = await group.next() {
                if port == 0 { break }
                left -= 1
                if let port { found.append(port) }
            }
            group.cancelAll()
            return found.sorted().map { HTTPAddress(loopbackPort: $0) }
        }
    }
}
