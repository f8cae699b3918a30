import DeckCore
import Foundation
import Hummingbird
import ModelFiles

/// `/v1/models`, `/tokenize` and `/detokenize`.
extension APIService {
    func models(_ access: Access) -> Response {
        let now = Int(Date().timeIntervalSince1970)
        var models = [base(now)]
        for adapter in adapters(for: access) { models.append(card(adapter, now)) }
        return .json(["object": "list", "data": .array(models)])
    }

    func model(_ name: String, _ access: Access) throws(APIError) -> Response {
        let now = Int(Date().timeIntervalSince1970)
        guard let adapter = model.adapter(name) else {
            try resolver.requireOnlyBase(name)
            return .json(base(now))
        }
        guard access.mayUse(adapter), let found = serving.standing(of: adapter) else {
            throw resolver.unknown(name, access)
        }
        return .json(card(found, now))
    }

    private func base(_ now: Int) -> JSONValue {
        card("base", root: model.root, parent: nil, length: model.contextLength, now)
    }

    private func card(_ adapter: AdapterStanding, _ now: Int) -> JSONValue {
        card(adapter.name, root: adapter.path, parent: "base", length: nil, now)
    }

    private func card(_ name: String, root: String?, parent: String?, length: Int?, _ now: Int) -> JSONValue {
        let permission: JSONValue = [
            "id": .string("modelperm-\(name)"), "object": "model_permission", "created": .int(now),
            "allow_create_engine": .bool(false), "allow_sampling": .bool(true), "allow_logprobs": .bool(true),
            "allow_search_indices": .bool(false), "allow_view": .bool(true), "allow_fine_tuning": .bool(false),
            "organization": "*", "group": .null, "is_blocking": .bool(false),
        ]
        return [
            "id": .string(name), "object": "model", "created": .int(now), "owned_by": "loradeck", "root": .text(root),
            "parent": .text(parent), "max_model_len": length.map { .int($0) } ?? .null, "permission": [permission],
        ]
    }

    func tokenize(_ request: Request, _ context: APIContext, _ access: Access) async throws -> Response {
        let departure = await context.departure()
        let fields = try await fields(request, .tokenize, access, unless: departure)
        let tokenizer = try await tokenizer(fields, access)
        let length = model.contextLength(for: access.tenant)
        return try await preparation.run(fields.byteCount, of: access.tenant.name, unless: departure) {
            [model] () throws(APIError) in
            try Self.tokenize(fields, model, tokenizer, contextLength: length)
        }
    }

    private static func tokenize(
        _ fields: Fields, _ model: ServedModel, _ tokenizer: any Tokenizer, contextLength: Int
    ) throws(APIError) -> Response {
        let addsBegin = try fields.bool("add_special_tokens")
        let reader = PromptReader(model: model, addsBegin: addsBegin ?? true, contextLength: contextLength)
        let tokens: [Int]
        if fields["messages"] != nil {
            if fields["prompt"] != nil { throw APIError.invalid("send either prompt or messages", param: "prompt") }
            if addsBegin == true {
                throw APIError.invalid(
                    "add_special_tokens is for prompt: the chat template of messages writes them",
                    param: "add_special_tokens")
            }
            tokens = try reader.read(try reader.chat(fields)).tokens ?? []
        } else {
            tokens = try reader.tokens(of: try fields.required("prompt"), tokenizer)
        }
        let text = TokenText(tokenizer: tokenizer)
        let wantsTexts = try fields.bool("return_token_strs") ?? false
        return .json([
            "count": .int(tokens.count), "max_model_len": .int(model.contextLength),
            "tokens": .array(tokens.map { .int($0) }),
            "token_strs": wantsTexts ? .array(tokens.map { .string(text.text($0)) }) : .null,
        ])
    }

    func detokenize(_ request: Request, _ context: APIContext, _ access: Access) async throws -> Response {
        let departure = await context.departure()
        let fields = try await fields(request, .detokenize, access, unless: departure)
        let tokenizer = try await tokenizer(fields, access)
        return try await preparation.run(fields.byteCount, of: access.tenant.name, unless: departure) {
            [model] () throws(APIError) in
            guard let field = fields["tokens"] else { throw .invalid("tokens is missing", param: "tokens") }
            guard let elements = field.array else { throw fields.wrong("tokens", field, "an array of token ids") }
            let reader = PromptReader(model: model, addsBegin: false, contextLength: model.contextLength)
            return .json(["prompt": .string(tokenizer.decode(try reader.ids(elements, "tokens")))])
        }
    }

    /// A body's fields, taken apart when its tenant's turn comes.
    private func fields(
        _ request: Request, _ table: FieldTable, _ access: Access, unless departure: Departure
    ) async throws -> Fields {
        let received = try await body.read(request, of: access.tenant.name)
        return try await preparation.run(received.count, of: access.tenant.name, unless: departure) {
            () throws(APIError) in
            defer { received.drop() }
            return try Fields(received.bytes, table)
        }
    }

    /// The base's tokenizer, which every adapter shares.
    private func tokenizer(_ fields: Fields, _ access: Access) async throws(APIError) -> any Tokenizer {
        let named = try fields.string("model")
        try await resolver.resolve(model.adapter(named), model: named ?? "", access)
        if let adapter = model.adapter(named), serving.standing(of: adapter) == nil {
            throw resolver.unknown(adapter, access)
        }
        guard let tokenizer = model.tokenizer else { throw .invalid("\(model.name) has no tokenizer") }
        return tokenizer
    }
}
