import DeckCore
import DeckWire
import Foundation
import HTTPTypes
import Hummingbird
import ModelFiles

/// Why a request gets an error instead of an answer, in the form of the OpenAI API and in vLLM's words.
struct APIError: Error, Hashable, Sendable {
    let status: Int
    let message: String
    /// The field that is wrong; nil when it is none.
    var param: String?
    /// In how many seconds the same request has a chance.
    var retryAfter: Double?
    /// Whether the connection ends with it: what is left of the request must not be taken for the next one.
    var closes = false

    static func invalid(_ message: String, param: String? = nil) -> APIError {
        APIError(status: 400, message: message, param: param)
    }

    /// Nobody is there to be told.
    static let gone = APIError(status: 499, message: "the client went")

    static func unauthorised(_ message: String) -> APIError { APIError(status: 401, message: message) }
    static func forbidden(_ message: String) -> APIError { APIError(status: 403, message: message) }

    /// How a deck's failure looks from outside.
    init(_ kind: FailureKind, _ reason: String, retryAfter: Double?) {
        let status =
            switch kind {
            case .invalid: 400
            case .unknownAdapter: 404
            case .overloaded: 429
            case .unavailable: 503
            case .internal: 500
            }
        self.init(status: status, message: reason, retryAfter: retryAfter)
    }

    init(status: Int, message: String, param: String? = nil, retryAfter: Double? = nil, closes: Bool = false) {
        self.status = status
        self.message = message
        self.param = param
        self.retryAfter = retryAfter
        self.closes = closes
    }

    /// As vLLM calls the kinds.
    private var type: String {
        switch status {
        case 400: "BadRequestError"
        case 401: "AuthenticationError"
        case 403: "PermissionDeniedError"
        case 404: "NotFoundError"
        case 405: "MethodNotAllowedError"
        case 408: "RequestTimeoutError"
        case 413: "RequestTooLargeError"
        case 415: "UnsupportedMediaTypeError"
        case 417: "ExpectationFailedError"
        case 429: "RateLimitError"
        case 503: "ServiceUnavailableError"
        default: "InternalServerError"
        }
    }

    var body: JSONValue {
        [
            "error": [
                "message": .string(message), "type": .string(type), "param": .text(param), "code": .int(status),
            ]
        ]
    }

    var response: Response {
        var headers = HTTPFields.json
        if status == 429 || retryAfter != nil {
            headers[.retryAfter] = "\(max(1, Int((retryAfter ?? 1).rounded(.up))))"
        }
        if status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        if closes { headers[.connection] = "close" }
        return Response(
            status: HTTPResponse.Status(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.text)))
    }
}
