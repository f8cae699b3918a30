import DeckCore
import Hummingbird

/// vLLM's administration of adapters: `/v1/load_lora_adapter` and `/v1/unload_lora_adapter`.
extension APIService {
    func loadAdapter(_ request: Request, _ access: Access) async throws -> Response {
        try access.requireAdministrator("loading an adapter")
        let fields = try Fields(try await body.read(request, of: access.tenant.name).bytes, .loadAdapter)
        let name = try fields.required("lora_name")
        let path = try fields.string("lora_path")
        let inPlace = try fields.bool("load_inplace") ?? false
        let wantsPin = try fields.bool("pinned") ?? false
        let known = serving.standing(of: name)
        if let path {
            let isSame = known.map { $0.path == path || $0.path.hasSuffix("/" + path) } ?? false
            if let known, !inPlace, !isSame || known.state == .resident {
                throw APIError.invalid(
                    "The lora adapter '\(name)' has already been loaded. If you want to load the adapter in place, set "
                        + "'load_inplace' to True.")
            }
            if !isSame || inPlace {
                try await order(.register(name: name, path: path, overrideBase: false), for: name, access)
            }
        } else if known == nil {
            throw APIError.invalid("lora_path is missing", param: "lora_path")
        }
        try await order(.load(adapter: name), for: name, access)
        if wantsPin { try await order(.pin(adapter: name), for: name, access) }
        return .text("Success: LoRA adapter '\(name)' added successfully.")
    }

    /// Carries out one of the orders that a load comes to.
    private func order(_ command: DeckCommand, for name: String, _ access: Access) async throws(APIError) {
        let outcome = await deck.perform(command, by: access.tenant.name)
        guard !outcome.succeeded else { return }
        let isMissing = outcome.message.contains("no such file or folder")
        throw APIError(status: isMissing ? 404 : 400, message: "Loading lora \(name) failed: \(outcome.message)")
    }

    /// Takes the adapter out of the pool, when its running requests have ended. It stays registered, and the next request
    /// for it loads it again.
    func unloadAdapter(_ request: Request, _ access: Access) async throws -> Response {
        try access.requireAdministrator("unloading an adapter")
        let fields = try Fields(try await body.read(request, of: access.tenant.name).bytes, .unloadAdapter)
        let name = try fields.required("lora_name")
        guard let known = serving.standing(of: name) else {
            throw APIError(status: 404, message: "The lora adapter '\(name)' cannot be found.")
        }
        if known.state.holdsPages {
            let outcome = await deck.perform(
                .evict(adapter: name, digest: nil, mode: .drain), by: access.tenant.name)
            // Another may have taken its pages a moment before.
            let isOut = serving.standing(of: name)?.state.holdsPages != true
            guard outcome.succeeded || isOut else { throw APIError.invalid(outcome.message) }
        }
        return .text("Success: LoRA adapter '\(name)' removed successfully.")
    }
}
