import DeckCore
import HTTPTypes

/// The paths of the API.
enum APIRoute: String, CaseIterable, Sendable {
    case health = "/health"
    case ping = "/ping"
    case ready = "/ready"
    case version = "/version"
    case models = "/v1/models"
    case completions = "/v1/completions"
    case chat = "/v1/chat/completions"
    case tokenize = "/tokenize"
    case detokenize = "/detokenize"
    case loadAdapter = "/v1/load_lora_adapter"
    case unloadAdapter = "/v1/unload_lora_adapter"
    case metrics = "/metrics"
    case snapshot = "/deck/v1/snapshot"
    case stream = "/deck/v1/stream"
    case command = "/deck/v1/command"
    case prompt = "/deck/v1/prompt"

    /// Whether it tells how the server fares, which is answered however many connections there are.
    var tellsState: Bool {
        switch self {
        case .health, .ping, .ready, .metrics: true
        default: false
        }
    }

    var methods: [HTTPRequest.Method] {
        switch self {
        case .health, .ping: [.get, .post]
        case .ready, .version, .models, .metrics, .snapshot, .stream: [.get]
        case .completions, .chat, .tokenize, .detokenize, .loadAdapter, .unloadAdapter, .command, .prompt: [.post]
        }
    }

    /// Whether a server that is told to end takes no more of it in, and waits for the answers that run.
    var isWork: Bool {
        switch self {
        case .completions, .chat, .tokenize, .detokenize, .loadAdapter, .unloadAdapter, .command, .prompt: true
        case .health, .ping, .ready, .version, .models, .metrics, .snapshot, .stream: false
        }
    }

    /// The path that somebody meant who wrote another: slashes, parts said twice, and parts missing or added before it do not
    /// matter, slips of the hand neither. Nil when none is near.
    static func meant(by path: String) -> APIRoute? {
        var parts: [Substring] = []
        for part in path.lowercased().split(separator: "/").prefix(16) where part != parts.last { parts.append(part) }
        for first in parts.indices {
            let rest = "/" + parts[first...].joined(separator: "/")
            if let route = APIRoute(rawValue: rest) ?? APIRoute(rawValue: "/v1" + rest) { return route }
        }
        let whole = "/" + parts.joined(separator: "/")
        return NearestName.of(whole, among: allCases.map(\.rawValue)).flatMap(APIRoute.init)
            ?? NearestName.of("/v1" + whole, among: allCases.map(\.rawValue)).flatMap(APIRoute.init)
    }
}
